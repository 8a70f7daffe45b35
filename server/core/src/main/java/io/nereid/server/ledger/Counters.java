package io.nereid.server.ledger;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * One counter for each resource, changed atomically. Fields of the object itself, since there is one for each
 * request.
 */
class Counters {
    private static final AtomicLongFieldUpdater<Counters> NATIVE = AtomicLongFieldUpdater.newUpdater(Counters.class,
            "nativeBytes");
    private static final AtomicLongFieldUpdater<Counters> HEAP = AtomicLongFieldUpdater.newUpdater(Counters.class,
            "heapBytes");
    private static final AtomicLongFieldUpdater<Counters> REQUESTS = AtomicLongFieldUpdater.newUpdater(Counters.class,
            "requests");

    private volatile long nativeBytes;
    private volatile long heapBytes;
    private volatile long requests;

    final long get(Resource resource) {
        return switch (resource) {
            case NATIVE -> nativeBytes;
            case HEAP -> heapBytes;
            case REQUESTS -> requests;
        };
    }

    final long getAndAdd(Resource resource, long amount) {
        return field(resource).getAndAdd(this, amount);
    }

    final boolean compareAndSet(Resource resource, long expected, long value) {
        return field(resource).compareAndSet(this, expected, value);
    }

    private static AtomicLongFieldUpdater<Counters> field(Resource resource) {
        return switch (resource) {
            case NATIVE -> NATIVE;
            case HEAP -> HEAP;
            case REQUESTS -> REQUESTS;
        };
    }
}
