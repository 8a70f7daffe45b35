package io.nereid.inference;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts of references: one that has fallen to 0 never rises again, so a late holder finds what is gone, and no
 * successor.
 */
public final class References {
    private References() {}

    /** Adds {@code more} to a count that is above 0; says whether it was. */
    public static boolean tryRetain(AtomicInteger count, int more) {
        int held = count.get();
        while (held > 0) {
            int seen = count.compareAndExchange(held, Math.addExact(held, more));
            if (seen == held) {
                return true;
            }
            held = seen;
        }
        return false;
    }

    /**
     * Adds {@code more}.
     *
     * @throws IllegalStateException after the last release
     */
    public static void retain(AtomicInteger count, int more) {
        if (!tryRetain(count, more)) {
            throw new IllegalStateException("memory retained after its release");
        }
    }

    /**
     * Takes one away; says whether it was the last.
     *
     * @throws IllegalStateException if there was none left
     */
    public static boolean release(AtomicInteger count) {
        int left = count.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("memory released more often than retained");
        }
        return left == 0;
    }
}
