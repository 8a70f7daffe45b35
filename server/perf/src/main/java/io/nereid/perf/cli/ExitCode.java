package io.nereid.perf.cli;

/** What the program ends with, for scripts. */
enum ExitCode {
    /** Everything was measured and every limit met. */
    OK(0),
    /** A figure is beyond a limit that was given. */
    LIMIT_MISSED(1),
    /** The command was written wrong, or does not fit the model. */
    USAGE(2),
    /** The server cannot be reached, does not have the model, or requests failed. */
    FAILED(3);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
