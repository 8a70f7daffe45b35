package io.nereid.server.logging;

/** What a line of the log begins with. */
enum Severity {
    ERROR('E'),
    WARNING('W'),
    INFO('I'),
    VERBOSE('V');

    private final char letter;

    Severity(char letter) {
        this.letter = letter;
    }

    char letter() {
        return letter;
    }
}
