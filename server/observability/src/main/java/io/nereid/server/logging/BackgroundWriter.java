package io.nereid.server.logging;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes what other threads bring, on a thread of its own: whoever brings something never waits. What comes while the
 * queue is full is dropped, and the log says how much. Thread-safe.
 *
 * @param <T> what is written; must not change any more
 */
public final class BackgroundWriter<T> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundWriter.class);
    private static final long BETWEEN_REPORTS_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long LOOK_MILLIS = 200;
    private static final long CLOSE_MILLIS = 10_000;
    private static final int MOST_AT_ONCE = 256;

    private final String what;
    private final Sink<T> sink;
    private final ArrayBlockingQueue<T> queue;
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;

    // Those of the writer's thread.

    private boolean broken;
    private long reportedNanos;
    private boolean reported;

    /** Where it is written; called on the writer's thread only. */
    public interface Sink<T> extends Closeable {
        /** Writes one. */
        void write(T item) throws IOException;

        /** One will not be written: on any thread where the queue was full, else because writing failed. */
        default void dropped(T item) {}

        /** Nothing more is there at the moment. */
        void flush() throws IOException;
    }

    /**
     * Starts the thread.
     *
     * @param what names what is written, for the log and the thread
     * @param capacity how many may wait
     */
    public BackgroundWriter(String what, int capacity, Sink<T> sink) {
        this.what = what;
        this.sink = sink;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.thread = Thread.ofPlatform().daemon().name(what.replace(' ', '-')).start(this::run);
    }

    /** Brings one to be written, and returns at once; says whether it will be. */
    public boolean offer(T item) {
        boolean taken = !closing && queue.offer(item);
        if (!taken) {
            dropped.incrementAndGet();
            sink.dropped(item);
        }
        return taken;
    }

    /** Writes what has been brought, for some seconds at most, and closes the sink. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        List<T> items = new ArrayList<>();
        try (sink) {
            while (!closing || !queue.isEmpty()) {
                await(items);
                write(items);
                items.clear();
                report(false);
            }
            report(true);
        } catch (IOException e) {
            LOG.error("the {} could not be closed: {}", what, e.toString());
        }
    }

    private void await(List<T> items) {
        try {
            T first = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (first != null) {
                items.add(first);
                queue.drainTo(items, MOST_AT_ONCE - 1);
            }
        } catch (InterruptedException _) {
            closing = true; // nobody else has this thread
        }
    }

    /** A sink that fails costs what was to be written, and one line in the log until it works again. */
    private void write(List<T> items) {
        int next = 0;
        try {
            while (next < items.size()) {
                sink.write(items.get(next++));
            }
            if (!items.isEmpty()) {
                sink.flush();
                broken = false;
            }
        } catch (IOException | RuntimeException | Error e) { // a text too long for Java is an Error; others go on
            dropped.addAndGet(items.size());
            items.subList(next, items.size()).forEach(sink::dropped);
            if (!broken) {
                broken = true;
                LOG.error("the {} cannot be written: {}", what, e.toString());
            }
        }
    }

    private void report(boolean last) {
        long now = System.nanoTime();
        if (dropped.get() > 0 && (last || !reported || now - reportedNanos > BETWEEN_REPORTS_NANOS)) {
            reported = true;
            reportedNanos = now;
            LOG.warn("the {} has lost {} entries: they came faster than they could be written", what,
                    dropped.getAndSet(0));
        }
    }
}
