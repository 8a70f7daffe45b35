package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * A client, which has at most one request under way. Runs on its load's thread, which gives it a request, and is told what
 * became of it by {@link LoadThread#answered} or {@link LoadThread#failed}, exactly once for each unless it is canceled.
 */
public abstract class Sender {
    /** What it sends. */
    final ClientRequests requests;
    /** Whether what becomes of the request under way counts. */
    boolean measured;
    /** Among the clients of the load, from 0. */
    int number;
    /** From when the latency of the request under way counts, of the load's clock. */
    long dueNanos;
    /** Before this moment it sends nothing. */
    long restsUntilNanos;
    /** In the line of those whose request can time out: who sent before. */
    @Nullable
    Sender before;
    /** In the same line: who sent next. */
    @Nullable
    Sender after;

    /** A client of these requests. */
    protected Sender(ClientRequests requests) {
        this.requests = requests;
    }

    /**
     * Begins to send.
     *
     * @param request whole; the sender's until it has said what became of it, or was told to give it up
     */
    protected abstract void send(ByteBuffer request);

    /** Gives up what is under way, without a word to the thread; tells the server if it can. The sender goes on. */
    protected abstract void cancel();

    /** Gives up what is under way, without a word to the thread, and what is held for it. */
    protected abstract void close();
}
