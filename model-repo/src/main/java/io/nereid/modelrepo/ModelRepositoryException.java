package io.nereid.modelrepo;

/** A repository or a model's directory cannot be used. The message names it and says what to do. */
public final class ModelRepositoryException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean noVersion;

    /** An error whose text says all there is to say. */
    public ModelRepositoryException(String message) {
        super(message);
        noVersion = false;
    }

    private ModelRepositoryException(String message, boolean noVersion) {
        super(message);
        this.noVersion = noVersion;
    }

    /** The model is there, but none of its versions is to be served. */
    static ModelRepositoryException noVersion(String message) {
        return new ModelRepositoryException(message, true);
    }

    /** Whether all is well but that the model has no version to serve. */
    public boolean isNoVersion() {
        return noVersion;
    }

    ModelRepositoryException(String message, Throwable cause) {
        super(message, cause);
        noVersion = false;
    }
}
