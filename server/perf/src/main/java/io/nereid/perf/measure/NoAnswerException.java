package io.nereid.perf.measure;

/** A load came to nothing: no request was answered for a long time. */
public final class NoAnswerException extends Exception {
    private static final long serialVersionUID = 1;

    NoAnswerException(String message) {
        super(message);
    }
}
