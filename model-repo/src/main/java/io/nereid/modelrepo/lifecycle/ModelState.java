package io.nereid.modelrepo.lifecycle;

/** Where a version of a model is in its life; the names are those of the repository index. */
public enum ModelState {
    /** Never asked to load. */
    UNKNOWN,
    /** Being loaded; not yet served. */
    LOADING,
    /** Served. */
    READY,
    /** No longer served, but some requests still use it. */
    UNLOADING,
    /** Not loaded: it failed to load or was unloaded. */
    UNAVAILABLE;

    /**
     * Whether a version in this state may go to the next one. A served one that is loaded again goes from READY to
     * READY, and one may be loaded again while requests still use what was loaded before.
     */
    boolean leadsTo(ModelState next) {
        return switch (this) {
            case UNKNOWN -> next == LOADING;
            case UNAVAILABLE -> next == LOADING || next == UNAVAILABLE;
            case LOADING -> next == READY || next == UNAVAILABLE;
            case READY -> next == UNLOADING || next == READY;
            case UNLOADING -> next == UNAVAILABLE || next == LOADING;
        };
    }
}
