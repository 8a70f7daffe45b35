package io.nereid.scheduler.instance;

import org.jspecify.annotations.Nullable;

import java.io.Serial;

/**
 * A model instance is gone for good, as when its worker process has died: it runs nothing any more, and only
 * {@link ModelInstance#close} is called on it. The message says what happened, for the log and for the clients whose
 * requests were running.
 */
public final class InstanceGoneException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /** An instance that is gone for that reason. */
    public InstanceGoneException(String message) {
        this(message, null);
    }

    /** An instance that is gone for that reason; the cause is for the log. */
    public InstanceGoneException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
