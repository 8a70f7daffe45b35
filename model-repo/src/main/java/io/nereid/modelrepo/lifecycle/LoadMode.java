package io.nereid.modelrepo.lifecycle;

/** What becomes of a load of which a version fails, and of what is served beside it. */
public enum LoadMode {
    /** All versions are served, or none of them. */
    ALL_OR_NONE,
    /**
     * What can be loaded is served; of a version that fails, what was served before. The server may be ready without
     * it. If nothing of the model would be served, the load has failed as a whole.
     */
    PARTIAL,
    /**
     * As {@link #ALL_OR_NONE}, in addition to what is served of the model, all of which stays. While anything of it is
     * served, the server may be ready without those that fail.
     */
    ADDITIONAL
}
