package io.nereid.inference;

import org.jspecify.annotations.Nullable;

import java.io.Serial;

/**
 * The one failure that reaches a client: a code for programs and a text for people.
 *
 * <p>It carries no stack trace unless it has a cause: most are answers to a faulty request, not defects, and are made
 * on the request path.
 */
public final class InferenceException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /** A failure whose text says all there is to say. */
    public InferenceException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** A failure that something underneath caused; the cause is for the log, the message for the client. */
    public InferenceException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What went wrong, for a program. */
    public ErrorCode code() {
        return code;
    }

    /** What went wrong, for a person; never empty. */
    public String text() {
        String message = getMessage();
        return message == null ? code.name() : message;
    }

    /** The same failure under another text, for one that adds whom it befell. */
    public InferenceException withText(String text) {
        return getCause() == null ? new InferenceException(code, text) : new InferenceException(code, text, getCause());
    }
}
