package io.nereid.server.console;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.NanoClock;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A document that is the same for everybody who asks within a quarter of a second: it is made once for all of them, by
 * one thread at a time, so that many viewers cost what one does. Thread-safe; waits for whoever makes it.
 */
final class SharedDocument {
    static final long KEPT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final NanoClock clock;
    private final Supplier<byte[]> maker;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private byte @Nullable [] last;
    @GuardedBy("lock")
    private long madeNanos;

    SharedDocument(NanoClock clock, Supplier<byte[]> maker) {
        this.clock = clock;
        this.maker = maker;
    }

    /** The document, which nobody may change. */
    byte[] get() {
        lock.lock();
        try {
            long now = clock.nanoTime();
            byte[] document = last;
            if (document == null || now - madeNanos >= KEPT_NANOS) {
                document = maker.get();
                last = document;
                madeNanos = now;
            }
            return document;
        } finally {
            lock.unlock();
        }
    }
}
