package io.nereid.server.grpc;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** A call of inference, as those see it who wait for its end. Thread-safe. */
sealed interface OpenCall permits UnaryCall, StreamCall {
    /** Ends it as soon as nothing is under way on it. */
    void drain();

    /**
     * Whether nothing but its client keeps it from going on or from ending: what the client is to be sent, it does
     * not take.
     */
    boolean waitsForClient();

    /** Whether it is a stream without a request under way: it waits for nobody, and nobody for it. */
    boolean isIdle();

    /** Where its client is; null if the transport does not say. */
    @Nullable
    SocketAddress client();
}
