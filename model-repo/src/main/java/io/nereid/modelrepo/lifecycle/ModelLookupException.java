package io.nereid.modelrepo.lifecycle;

/** The model or version that was asked for cannot be used. The text is Triton's (docs/compatibility.md). */
public final class ModelLookupException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Why not. */
    public enum Reason {
        /** There is no such model or version, or no version of the model is served. */
        NOT_FOUND,
        /** Several namespaces have a model of that name. */
        AMBIGUOUS,
        /** The version exists but is not ready; trying again may help. */
        NOT_READY
    }

    private final Reason reason;

    private ModelLookupException(Reason reason, String message) {
        // no stack trace: clients cause this at will, and it is no internal error
        super(message, null, false, false);
        this.reason = reason;
    }

    static ModelLookupException unknownModel(String name) {
        return new ModelLookupException(Reason.NOT_FOUND, "Request for unknown model: '" + name + "' is not found");
    }

    static ModelLookupException ambiguous(String name, int models) {
        return new ModelLookupException(Reason.AMBIGUOUS, "There are " + models + " identifiers of model '" + name
                + "' in global map, model namespace must be provided to resolve ambiguity.");
    }

    static ModelLookupException unknownVersion(String name, long version) {
        return new ModelLookupException(Reason.NOT_FOUND,
                "Request for unknown model: '" + name + "' version " + version + " is not found");
    }

    static ModelLookupException noVersion(String name) {
        return new ModelLookupException(Reason.NOT_FOUND,
                "Request for unknown model: '" + name + "' has no available versions");
    }

    static ModelLookupException notReady(String name, long version) {
        return new ModelLookupException(Reason.NOT_READY,
                "Request for unknown model: '" + name + "' version " + version + " is not at ready state");
    }

    public Reason reason() {
        return reason;
    }
}
