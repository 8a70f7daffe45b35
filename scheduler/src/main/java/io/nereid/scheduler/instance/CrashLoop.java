package io.nereid.scheduler.instance;

/**
 * Whether an instance is gone again and again: five times within a minute, attempts to replace it that have failed
 * included. That changes nothing in how it is replaced; people are to know. Pure; not thread-safe.
 */
final class CrashLoop {
    static final int TIMES = 5;
    static final long WITHIN_NANOS = 60_000_000_000L;

    /** When it was gone, the last times; as a ring. */
    private final long[] nanos = new long[TIMES];
    private long times;
    private String last = "";

    /** It is gone for that reason, or could not be made. */
    void gone(long nowNanos, String why) {
        nanos[(int) (times % TIMES)] = nowNanos;
        times++;
        last = why;
    }

    /** What is to be said of that instance now; empty while there is nothing. */
    String describe(String instance, long nowNanos) {
        // the oldest of the last five is where the next one will be
        return times >= TIMES && nowNanos - nanos[(int) (times % TIMES)] <= WITHIN_NANOS
                ? "instance '" + instance + "' was gone " + TIMES + " times within "
                        + WITHIN_NANOS / 1_000_000_000 + " s, the last time because: " + last
                : "";
    }
}
