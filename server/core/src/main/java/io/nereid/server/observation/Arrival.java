package io.nereid.server.observation;

import org.jspecify.annotations.Nullable;

/** A request as its front end has received it. Read by the thread that received it, before it is handed on. */
public interface Arrival {
    /** How it came. */
    Protocol protocol();

    /**
     * When its first byte came, or for gRPC when the server began to wait for it; nanoseconds of the monotonic clock.
     */
    long startNanos();

    /** When it was there. */
    long endNanos();

    /** The address of the client, empty where that is not known. */
    String client();

    /** Bytes of its body or message. */
    long bytes();

    /** The value of a header line, null where it has none of that name. */
    @Nullable
    String header(String name);
}
