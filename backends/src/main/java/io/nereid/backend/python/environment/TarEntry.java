package io.nereid.backend.python.environment;

/**
 * What is in front of a file in a tar archive.
 *
 * @param name a path with slashes
 * @param link what a link points at; empty for others
 * @param type as the format has it
 * @param size of the content that follows, in bytes
 * @param mode the permissions
 */
record TarEntry(String name, String link, char type, long size, int mode) {
    static final char FILE = '0';
    static final char OLD_FILE = '\0';
    static final char HARD_LINK = '1';
    static final char SYMBOLIC_LINK = '2';
    static final char DIRECTORY = '5';

    boolean isFile() {
        return type == FILE || type == OLD_FILE;
    }

    boolean isExecutable() {
        return (mode & 0111) != 0;
    }
}
