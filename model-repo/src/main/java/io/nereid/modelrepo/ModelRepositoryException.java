package io.nereid.modelrepo;

/** A repository or a model's directory cannot be used. The message names it and says what to do. */
public final class ModelRepositoryException extends RuntimeException {

    private static final long serialVersionUID = 1;

    ModelRepositoryException(String message) {
        super(message);
    }

    ModelRepositoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
