package io.nereid.modelrepo.lifecycle;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Everything that is loaded and not closed yet, served or not. A version is closed when its last user has released it, on
 * a thread of its own, since that user may be an event loop or an instance of this very model. Thread-safe.
 */
final class LoadedVersions<M extends AutoCloseable> {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedVersions.class);

    private final Set<ModelHandle<M>> open = ConcurrentHashMap.newKeySet();

    /** The first reference to a version that has been loaded, which is the caller's to release. */
    ModelHandle<M> add(ModelEntry<M> entry, long version, M content) {
        ModelHandle<M> handle = new ModelHandle<>(entry.name(), version, content, unused -> close(entry, unused));
        open.add(handle);
        return handle;
    }

    private void close(ModelEntry<M> entry, ModelHandle<M> handle) {
        Thread.ofPlatform().daemon().name("model-close-" + handle.name() + "-" + handle.version()).start(() -> {
            closeQuietly(handle.name(), handle.version(), handle.model());
            entry.closed(handle);
            open.remove(handle);
            handle.closed().complete(null);
        });
    }

    /** Closes what nobody has had a reference to; what goes wrong is logged. Blocks as long as closing it takes. */
    static void closeQuietly(String model, long version, AutoCloseable content) {
        try {
            content.close();
        } catch (Throwable e) { // an Error too: the others are to be closed, and somebody waits for that
            LOG.error("closing model '{}' version {} failed", model, version, e);
        }
    }

    /** Done when all is closed that is loaded now of the model of that name. */
    CompletableFuture<Void> closed(String name) {
        return CompletableFuture.allOf(open.stream().filter(handle -> handle.name().equals(name))
                .map(ModelHandle::closed).toArray(CompletableFuture[]::new));
    }

    /**
     * Waits until all is closed that is loaded now.
     *
     * @param deadline by {@link System#nanoTime}
     * @return whether it was closed in time
     */
    boolean awaitClosed(long deadline) throws InterruptedException {
        boolean inTime = true;
        for (ModelHandle<M> handle : open) {
            inTime &= isClosedBefore(deadline, handle);
        }
        return inTime;
    }

    private static boolean isClosedBefore(long deadline, ModelHandle<?> handle) throws InterruptedException {
        try {
            handle.closed().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }
}
