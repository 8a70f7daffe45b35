package io.nereid.perf.client;

import java.time.Duration;

/**
 * How the clients of a load behave.
 *
 * @param order which request a client sends next
 * @param timeout how long a client waits for an answer, from the moment at which its request was due; zero for as long as
 *            it takes
 * @param interval in a closed loop: how much time lies between two requests of a client at least
 */
public record ClientOptions(RequestOrder order, Duration timeout, Duration interval) {
    /** The requests in turn, each as soon as the last is answered, however long that takes. */
    public static final ClientOptions DEFAULT = new ClientOptions(RequestOrder.IN_TURN, Duration.ZERO, Duration.ZERO);

    public ClientOptions {
        if (timeout.isNegative() || interval.isNegative()) {
            throw new IllegalArgumentException("got " + timeout + " and " + interval + " (expected none below 0)");
        }
    }

    /** Which request a client sends next. */
    public enum RequestOrder {
        /** The requests one after the other, whichever client sends them. */
        IN_TURN,
        /** Each client its own, over and over: the first the first, and so on. */
        BY_CLIENT
    }

    /** The same with this order. */
    public ClientOptions withOrder(RequestOrder wanted) {
        return new ClientOptions(wanted, timeout, interval);
    }

    /** The same with this timeout. */
    public ClientOptions withTimeout(Duration wanted) {
        return new ClientOptions(order, wanted, interval);
    }

    /** The same with this interval. */
    public ClientOptions withInterval(Duration wanted) {
        return new ClientOptions(order, timeout, wanted);
    }
}
