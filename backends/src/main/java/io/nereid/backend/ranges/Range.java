package io.nereid.backend.ranges;

/**
 * A range of a file or a block of memory.
 *
 * @param offset where it begins, in bytes
 * @param length how long it is, in bytes
 */
public record Range(long offset, long length) {
    /** The first byte behind it. */
    public long end() {
        return offset + length;
    }
}
