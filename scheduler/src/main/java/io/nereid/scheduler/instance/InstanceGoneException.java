package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;

import java.io.Serial;

/**
 * A model instance is gone for good, as when its worker process has died: it runs nothing any more, and only
 * {@link ModelInstance#close} is called on it. The message says what happened, for the log.
 */
public final class InstanceGoneException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final InferenceException forClients;

    /** An instance that is gone; its requests without an answer fail with that error, word for word. */
    public InstanceGoneException(InferenceException forClients) {
        super(forClients.text(), forClients.getCause());
        this.forClients = forClients;
    }

    /** What the clients receive whose requests were running. */
    public InferenceException forClients() {
        return forClients;
    }
}
