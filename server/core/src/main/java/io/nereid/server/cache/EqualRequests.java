package io.nereid.server.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Has requests wait that are equal to one that runs, and gives them its answer. If that one fails, which may be for a
 * reason of its own, they are looked up again. Thread-safe.
 */
final class EqualRequests {
    private final ConcurrentHashMap<CacheKey, First> running = new ConcurrentHashMap<>();
    private final Consumer<Lookup> answered;

    /** @param answered receives each that was given the answer of another, before its listener does */
    EqualRequests(Consumer<Lookup> answered) {
        this.answered = answered;
    }

    /**
     * Lets a request run, or wait for an equal one.
     *
     * @param listener receives what becomes of it if it runs
     * @return what is to receive it in its place; null if it waits, and nothing is to be done
     */
    @Nullable
    First join(CacheKey key, Lookup lookup, ResponseListener listener) {
        First first = new First(key, listener);
        for (First other = running.putIfAbsent(key, first); other != null; other = running.putIfAbsent(key, first)) {
            if (other.add(lookup)) {
                return null;
            }
        }
        return first;
    }

    /** The one that runs. */
    final class First implements ResponseListener {
        private final CacheKey key;
        private final ResponseListener listener;
        private final ReentrantLock lock = new ReentrantLock();
        @GuardedBy("lock")
        private final List<Lookup> equal = new ArrayList<>(0);
        @GuardedBy("lock")
        private boolean ended;

        private First(CacheKey key, ResponseListener listener) {
            this.key = key;
            this.listener = listener;
        }

        /** Adds one that waits; false if this one has ended, and is known no more. */
        private boolean add(Lookup lookup) {
            lock.lock();
            try {
                if (!ended) {
                    lookup.await();
                    equal.add(lookup);
                }
                return !ended;
            } finally {
                lock.unlock();
            }
        }

        /** Ends it: those that waited, and wait no longer. */
        private List<Lookup> end() {
            running.remove(key, this);
            lock.lock();
            try {
                ended = true;
                equal.removeIf(lookup -> !lookup.resume());
                return List.copyOf(equal);
            } finally {
                lock.unlock();
            }
        }

        /** It could not run. */
        void withdraw() {
            end().forEach(Lookup::run);
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            List<Lookup> waited = end();
            Lease memory = response.memory().retain(waited.size());
            InferenceResponse shared = new InferenceResponse(waited.isEmpty() ? response.outputs()
                    : response.outputs().stream().map(Tensor::forSeveral).toList(), response.parameters(), memory);
            listener.onResponse(shared, last);
            for (Lookup lookup : waited) {
                answered.accept(lookup);
                lookup.request().memory().release();
                lookup.listener().onResponse(shared, last);
            }
        }

        @Override
        public void onFailedResponse(InferenceException error) {
            listener.onFailedResponse(error);
        }

        @Override
        public void onEnd() {
            List<Lookup> waited = end();
            listener.onEnd();
            waited.forEach(Lookup::run);
        }

        @Override
        public void onError(InferenceException error) {
            List<Lookup> waited = end();
            listener.onError(error);
            waited.forEach(Lookup::run);
        }
    }
}
