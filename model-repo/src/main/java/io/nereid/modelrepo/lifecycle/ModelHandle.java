package io.nereid.modelrepo.lifecycle;

import io.nereid.modelrepo.identifier.ModelIdentifier;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A counted reference to a loaded version. Who got it from {@link ModelLifecycle#acquire} must {@link #release} it
 * exactly once; the version is closed only after the last release. Safe for all threads; acquiring and releasing cost
 * one atomic step each and never wait.
 *
 * @param <M> what a loaded version is
 */
public final class ModelHandle<M extends AutoCloseable> {

    private final String id;
    private final long version;
    private final M model;
    private final Consumer<ModelHandle<M>> onUnused;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    /** One for the lifecycle while the version is served, one for each user; 0 is final. */
    private final AtomicInteger references = new AtomicInteger(1);

    /** @param onUnused runs once, on the thread of the last release, which may be any: it must not block */
    ModelHandle(String id, long version, M model, Consumer<ModelHandle<M>> onUnused) {
        this.id = id;
        this.version = version;
        this.model = model;
        this.onUnused = onUnused;
    }

    /** The model's name. */
    public String name() {
        return ModelIdentifier.name(id);
    }

    /** The model's namespace; empty if it has none. */
    public String namespace() {
        return ModelIdentifier.namespace(id);
    }

    public long version() {
        return version;
    }

    /** The loaded version; not to be used after {@link #release}. */
    public M model() {
        return model;
    }

    /** Done when the version has been closed. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    /** Adds a user, unless the last one has gone. */
    boolean tryAcquire() {
        int before = references.get();
        while (before > 0) {
            int seen = references.compareAndExchange(before, before + 1);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    /**
     * Adds a user; only for one who has not released it.
     *
     * @return this
     * @throws IllegalStateException after the last release
     */
    public ModelHandle<M> retain() {
        if (!tryAcquire()) {
            throw new IllegalStateException(this + " is acquired after its last release");
        }
        return this;
    }

    /**
     * Gives a reference back.
     *
     * @throws IllegalStateException if there are more releases than references
     */
    public void release() {
        int left = references.decrementAndGet();
        if (left == 0) {
            onUnused.accept(this);
        } else if (left < 0) {
            throw new IllegalStateException(this + " is released more often than acquired");
        }
    }

    @Override
    public String toString() {
        return "model '" + id + "' version " + version;
    }
}
