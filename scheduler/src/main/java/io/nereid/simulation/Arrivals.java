package io.nereid.simulation;

/** When requests come, one after the other. */
public interface Arrivals {
    /** There will be no more, or none until an answer goes out. */
    long NONE = Long.MAX_VALUE;

    /** When the next request comes; {@link #NONE} if that depends on answers, or there are no more. */
    long peekNanos();

    /** That request has come: on to the one after. */
    void next();

    /** The rows of that request; 0 where the setup says how many requests have. */
    default int rows() {
        return 0;
    }

    /** A request was answered or refused: a client that waited for that goes on. */
    default void ended(long nowNanos) {
        // patterns that do not listen
    }
}
