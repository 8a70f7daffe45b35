package io.nereid.modelrepo.lifecycle;

import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * One load of a model: gathers its versions as they come, from any thread, and reports once when the last one is there.
 */
final class ModelLoad<M extends AutoCloseable> {

    private final ModelLoader<M> loader;
    private final AtomicInteger pending;
    private final NavigableMap<Long, M> loaded = new ConcurrentSkipListMap<>();
    private final SortedMap<Long, String> errors = new ConcurrentSkipListMap<>();
    private final BiConsumer<NavigableMap<Long, M>, SortedMap<Long, String>> onEnd;

    /**
     * @param onEnd takes what was loaded, which is then its to close, and what failed; runs on the last loading
     * thread
     */
    ModelLoad(ModelLoader<M> loader, NavigableSet<Long> versions,
            BiConsumer<NavigableMap<Long, M>, SortedMap<Long, String>> onEnd) {
        this.loader = loader;
        this.pending = new AtomicInteger(versions.size());
        this.onEnd = onEnd;
    }

    /** Loads one version; called once for each. */
    void run(long version) {
        try {
            loaded.put(version, loader.load(version));
        } catch (Throwable t) {
            // Also errors: a library that cannot be linked must fail its model, not leave it loading for ever.
            errors.put(version, t.getMessage() == null ? t.toString() : t.getMessage());
        } finally {
            end();
        }
    }

    /** Ends one version that is not loaded. */
    void skip(long version, String reason) {
        try {
            errors.put(version, reason);
        } finally {
            end();
        }
    }

    /** There is nothing to load. */
    void endEmpty() {
        onEnd.accept(loaded, errors);
    }

    private void end() {
        if (pending.decrementAndGet() == 0) {
            onEnd.accept(loaded, errors);
        }
    }
}
