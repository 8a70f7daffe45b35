package io.nereid.server.http.connection;

import io.nereid.inference.TensorAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Answers requests. Called on event loops, for one connection never twice at a time. */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Takes a request that has arrived whole and sees to it that it gets a reply, now or later, from any thread. Must
     * not block. What it throws becomes a 500.
     */
    void handle(HttpExchange exchange);

    /** Whether it wants to know when requests began to arrive; asked for each, so it may change. */
    default boolean wantsTimes() {
        return false;
    }

    /**
     * The offset in a body that shall lie aligned in memory, so that what begins there can be used where it lies. Asked
     * when the head has arrived; whatever the client says there, it only moves the body by a few bytes.
     */
    default long alignedOffset(HttpHeaders headers) {
        return 0;
    }

    /**
     * What handles the request with this head, so that its address is looked at once: it is asked for the memory of
     * the body, and given the request when that has arrived. Must not throw.
     */
    default HttpHandler route(HttpRequest head) {
        return this;
    }

    /**
     * The reply to a request whose head alone is reason to refuse it; null for all others. Asked of what {@link #route}
     * has given, before anything of the body is read: which it is not then, and the connection ends with the reply.
     */
    default @Nullable HttpReply refusal(ByteBufAllocator allocator) {
        return null;
    }

    /**
     * The memory that a large body is read into: where the model that the request names wants its inputs, else
     * {@code otherwise}.
     */
    default TensorAllocator bodyMemory(TensorAllocator otherwise) {
        return otherwise;
    }
}
