package io.nereid.server.grpc;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** A call of inference, as those see it who wait for its end. Thread-safe. */
interface OpenCall {
    /** Ends it as soon as nothing is under way on it. */
    void drain();

    /**
     * Whether it has handed over all that its client is to be sent for now, and goes on or ends only when the transport
     * has written that. The transport waits for the client, or for its own event loop.
     */
    boolean awaitsTransport();

    /** Whether it is a stream without a request under way: it waits for nobody, and nobody for it. */
    boolean isIdle();

    /** Where its client is; null if the transport does not say. */
    @Nullable
    SocketAddress client();
}
