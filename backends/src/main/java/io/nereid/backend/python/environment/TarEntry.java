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
    private static final char PIPE = '6';
    /** A file whose bytes were to lie together on the disk. */
    private static final char CONTIGUOUS_FILE = '7';

    boolean isFile() {
        return type == FILE || type == OLD_FILE || type == CONTIGUOUS_FILE;
    }

    /** Links, devices, folders and pipes have none, whatever size their header has. */
    static boolean hasContent(char type) {
        return type < HARD_LINK || type > PIPE;
    }

    boolean isExecutable() {
        return (mode & 0111) != 0;
    }
}
