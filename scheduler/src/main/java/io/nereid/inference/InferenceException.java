package io.nereid.inference;

import org.jspecify.annotations.Nullable;

import java.io.Serial;

/**
 * The one error that reaches a client: a code for programs and a text for people.
 *
 * <p>It carries no stack trace unless it has a cause: most are answers to a faulty request, not internal errors, and
 * are made on the request path.
 */
public final class InferenceException extends Exception implements Outcome {
    @Serial
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final int retryAfterSeconds;

    /** An error whose text says all there is to say. */
    public InferenceException(ErrorCode code, String message) {
        this(code, message, 0);
    }

    private InferenceException(ErrorCode code, String message, int retryAfterSeconds) {
        super(message, null, false, false);
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** An error that something underneath caused; the cause is for the log, the message for the client. */
    public InferenceException(ErrorCode code, String message, @Nullable Throwable cause) {
        this(code, message, cause, 0);
    }

    private InferenceException(ErrorCode code, String message, @Nullable Throwable cause, int retryAfterSeconds) {
        super(message, cause);
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** What a client gets for an internal error: INTERNAL and the name of its class, for its text may say too much. */
    public static InferenceException ofInternalError(Throwable error) {
        return new InferenceException(ErrorCode.INTERNAL, "internal error: " + error.getClass().getSimpleName());
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

    /** After how many seconds the same request may well succeed; 0 where nobody can say. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    @Override
    public void sendTo(ResponseListener listener) {
        listener.onError(this);
    }

    /** The same error under another text, which adds what it happened to. */
    public InferenceException withText(String text) {
        return with(text, retryAfterSeconds);
    }

    /**
     * The same error with the advice to try again after {@code seconds} seconds, for an overload that passes.
     *
     * @throws IllegalArgumentException if {@code seconds} is not positive
     */
    public InferenceException withRetryAfter(int seconds) {
        if (seconds < 1) {
            throw new IllegalArgumentException("seconds: got " + seconds + " (expected 1 or more)");
        }
        return with(text(), seconds);
    }

    private InferenceException with(String text, int seconds) {
        return getCause() == null ? new InferenceException(code, text, seconds)
                : new InferenceException(code, text, getCause(), seconds);
    }
}
