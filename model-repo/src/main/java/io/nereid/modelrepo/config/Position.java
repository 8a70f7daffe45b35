package io.nereid.modelrepo.config;

/**
 * A place in a configuration file.
 *
 * @param line counted from 1; 0 when the place is not known
 * @param column counted from 1 in characters
 */
record Position(int line, int column) {

    static final Position UNKNOWN = new Position(0, 0);

    boolean known() {
        return line > 0;
    }
}
