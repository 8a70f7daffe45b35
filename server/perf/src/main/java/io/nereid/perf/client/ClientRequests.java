package io.nereid.perf.client;

import java.nio.ByteBuffer;

/** The requests of one client, as bytes, one after the other. Used by its load's thread. */
public interface ClientRequests {
    /**
     * The next one, whose bytes are as they are until the one after it is asked for.
     *
     * @param turn which of the load's requests is in turn, from 0
     */
    ByteBuffer next(int turn);

    /** Whether the server waits for more: a sequence has begun and not ended. */
    default boolean isUnfinished() {
        return false;
    }

    /** The next one instead, with which nothing is unfinished any more; only while something is. */
    default ByteBuffer last() {
        throw new IllegalStateException("nothing is unfinished");
    }

    /** The one under way was answered well. */
    default void answered() {}

    /** The one under way failed, or was given up. */
    default void failed() {}
}
