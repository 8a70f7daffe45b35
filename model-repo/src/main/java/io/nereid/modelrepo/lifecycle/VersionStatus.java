package io.nereid.modelrepo.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * The state of one version at one moment.
 *
 * @param reason of the state; mostly empty
 * @param handle what is loaded; not null exactly while {@code state} is READY or UNLOADING
 */
record VersionStatus<M extends AutoCloseable>(ModelState state, String reason, @Nullable ModelHandle<M> handle) {

    static final String UNLOADED = "unloaded";

    VersionStatus {
        if ((state == ModelState.READY || state == ModelState.UNLOADING) != (handle != null)) {
            throw new IllegalArgumentException(
                    "a version has a handle exactly while it is READY or UNLOADING, got " + state);
        }
    }

    static <M extends AutoCloseable> VersionStatus<M> loading() {
        return new VersionStatus<>(ModelState.LOADING, "", null);
    }

    static <M extends AutoCloseable> VersionStatus<M> ready(ModelHandle<M> handle) {
        return new VersionStatus<>(ModelState.READY, "", handle);
    }

    static <M extends AutoCloseable> VersionStatus<M> unloading(ModelHandle<M> handle) {
        return new VersionStatus<>(ModelState.UNLOADING, "", handle);
    }

    static <M extends AutoCloseable> VersionStatus<M> unavailable(String reason) {
        return new VersionStatus<>(ModelState.UNAVAILABLE, reason, null);
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
            case UNAVAILABLE -> !reason.equals(UNLOADED);
        };
    }
}
