package io.nereid.modelrepo.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * The state of one version at one moment.
 *
 * @param reason of the state; mostly empty
 * @param handle what is loaded; not null exactly while {@code state} is READY or UNLOADING
 * @param required whether the server is not ready without it
 */
record VersionStatus<M extends AutoCloseable>(ModelState state, String reason, @Nullable ModelHandle<M> handle,
        boolean required) {

    static final String UNLOADED = "unloaded";

    VersionStatus {
        if ((state == ModelState.READY || state == ModelState.UNLOADING) != (handle != null)) {
            throw new IllegalArgumentException(
                    "a version has a handle exactly while it is READY or UNLOADING, got " + state);
        }
    }

    static <M extends AutoCloseable> VersionStatus<M> loading() {
        return new VersionStatus<>(ModelState.LOADING, "", null, true);
    }

    static <M extends AutoCloseable> VersionStatus<M> ready(ModelHandle<M> handle) {
        return new VersionStatus<>(ModelState.READY, "", handle, true);
    }

    static <M extends AutoCloseable> VersionStatus<M> unloading(ModelHandle<M> handle) {
        return new VersionStatus<>(ModelState.UNLOADING, "", handle, false);
    }

    /** It was unloaded on purpose. */
    static <M extends AutoCloseable> VersionStatus<M> unloaded() {
        return new VersionStatus<>(ModelState.UNAVAILABLE, UNLOADED, null, false);
    }

    /** It should be served and could not be loaded. */
    static <M extends AutoCloseable> VersionStatus<M> failed(String reason, boolean required) {
        return new VersionStatus<>(ModelState.UNAVAILABLE, reason, null, required);
    }

    /** It is served as it was, since it could not be loaded anew. */
    static <M extends AutoCloseable> VersionStatus<M> outdated(ModelHandle<M> handle, String reason) {
        return new VersionStatus<>(ModelState.READY, "served as it was before its last load, which failed: " + reason,
                handle, true);
    }

    /** What serves requests; null unless the version is READY. */
    @Nullable
    ModelHandle<M> serving() {
        return state == ModelState.READY ? handle : null;
    }

    /** Whether this version keeps the server from being ready: it should be served and is not. */
    boolean preventsReadiness() {
        return switch (state) {
            case READY, UNLOADING -> false;
            case UNKNOWN, LOADING -> true;
            case UNAVAILABLE -> required;
        };
    }

    /** Whether nothing is served of it, on purpose. */
    boolean isUnloaded() {
        return state == ModelState.UNAVAILABLE && reason.equals(UNLOADED);
    }

    /** Whether its last load has failed and nobody has unloaded it since. */
    boolean hasFailed() {
        return switch (state) {
            case UNKNOWN, LOADING, UNLOADING -> false;
            case READY -> !reason.isEmpty();
            case UNAVAILABLE -> !reason.equals(UNLOADED);
        };
    }
}
