package io.nereid.server.inference;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where requests are read and answers written: short ones on the connection's event loop, long ones on threads beside
 * it, since a loop that writes megabytes of JSON answers nobody else, not even health. The threads end when they have
 * had nothing to do for a while. Work waits in a queue without a bound of its own: it belongs to requests, whose
 * number and bytes are limited where they are admitted. Thread-safe.
 */
public final class CodecThreads {
    /** What a codec may read or write on an event loop: a few milliseconds of JSON at worst. */
    private static final long LONGEST_ON_LOOP = 512 << 10;
    /** Bytes are copied many times faster than text is read. */
    public static final int COPIES_PER_TEXT = 8;
    private static final long IDLE_SECONDS = 10;

    private final Executor beside;

    /** @param threads how many there may be beside the event loops */
    public CodecThreads(int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, IDLE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("codec-", 0).factory());
        pool.allowCoreThreadTimeOut(true);
        beside = pool;
    }

    /**
     * Where work on so many bytes of text, or {@link #COPIES_PER_TEXT} times as many that are only copied, belongs
     * that an event loop would otherwise do.
     */
    public Executor executor(long bytes, Executor eventLoop) {
        return isLong(bytes) ? work -> runBeside(work, eventLoop) : eventLoop;
    }

    /** Whether work on so many bytes of text is too long for an event loop. */
    public static boolean isLong(long bytes) {
        return bytes > LONGEST_ON_LOOP;
    }

    /** On the event loop after all where the system gives no thread: late is better than never. */
    private void runBeside(Runnable work, Executor eventLoop) {
        try {
            beside.execute(work);
        } catch (OutOfMemoryError _) {
            eventLoop.execute(work);
        }
    }
}
