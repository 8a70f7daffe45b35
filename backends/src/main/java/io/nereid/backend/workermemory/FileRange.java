package io.nereid.backend.workermemory;

/**
 * A range of a file.
 *
 * @param offset where it begins, in bytes
 * @param length how long it is, in bytes
 */
record FileRange(long offset, long length) {
    /** The first byte behind it. */
    long end() {
        return offset + length;
    }
}
