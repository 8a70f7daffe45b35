package io.nereid.inference;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what another thread brings about. */
public final class Await {
    /** Less than the timeouts of the server's own that give something back in the end, as the one of a body. */
    private static final long PATIENCE_SECONDS = 20;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private Await() {}

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        /** Whether it has come about; what this throws ends the wait. */
        boolean isTrue() throws Throwable;
    }

    /** Returns as soon as the condition, which this thread asks again and again, is true. */
    public static void until(Condition condition) {
        long start = System.nanoTime();
        while (!isTrue(condition)) {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("was interrupted before it came true");
            }
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                throw new AssertionError("did not come true within " + PATIENCE_SECONDS + " seconds");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static boolean isTrue(Condition condition) {
        try {
            return condition.isTrue();
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("could not be asked", e);
        }
    }
}
