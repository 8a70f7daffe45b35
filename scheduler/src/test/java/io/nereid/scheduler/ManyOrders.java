package io.nereid.scheduler;

import org.jetbrains.kotlinx.lincheck.strategy.TimeoutFailure;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Runs a test whose threads Lincheck runs in many orders. It finds threads that wait for each other by itself, and beside
 * that gives each order 30 seconds of wall time, which cannot be set: where a loaded machine takes longer, the test
 * begins again, for that is no finding.
 */
public final class ManyOrders {
    private static final int TRIES = 10;

    private ManyOrders() {}

    /** Runs {@code test} in {@code orders} orders; throws what Lincheck finds. */
    public static void run(int orders, Runnable test) {
        for (int tried = 1; !isComplete(orders, test, tried == TRIES); tried++) {
            // It took too long.
        }
    }

    private static boolean isComplete(int orders, Runnable test, boolean last) {
        try {
            Lincheck.runConcurrentTest(orders, test);
            return true;
        } catch (LincheckAssertionError e) {
            if (last || !(e.getFailure$lincheck() instanceof TimeoutFailure)) {
                throw e;
            }
            return false;
        }
    }
}
