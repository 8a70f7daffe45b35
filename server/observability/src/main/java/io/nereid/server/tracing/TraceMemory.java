package io.nereid.server.tracing;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;

/**
 * The heap that one trace takes for tensors and for the events of a stream, charged to the server's ledger before it
 * is allocated, and only while at least half of the total is free: a trace that gets none has fewer events and
 * shorter tensors, and costs its request nothing. Not thread-safe but for {@link #release}; its owner releases it
 * when the trace has been written or dropped.
 */
public final class TraceMemory implements Lease {
    /** Of one tensor. */
    public static final int MAX_TENSOR_BYTES = 1 << 20;
    /** Of all tensors of one trace. */
    public static final int MAX_TRACE_BYTES = 2 << 20;
    /** Tensors of one trace. */
    public static final int MAX_TENSORS = 1024;
    /** What an event takes beside the elements of its tensor. */
    private static final int EVENT_BYTES = 256;

    private final Account account;
    private long left;
    private int tensors;

    /**
     * The memory of a new trace.
     *
     * @param account this trace's own; closed by {@link #release}
     * @param elements whether elements of tensors are of use: else none are copied
     */
    public TraceMemory(Account account, boolean elements) {
        this.account = account;
        this.left = elements ? MAX_TRACE_BYTES : 0;
    }

    /** Whether there may be an event for one more tensor. */
    public boolean takeEvent() {
        return tensors < MAX_TENSORS && take(EVENT_BYTES) && ++tensors > 0;
    }

    /** How many of a tensor's {@code bytes} may be copied. */
    public int takeBytes(long bytes) {
        int wanted = (int) Math.min(bytes, Math.min(MAX_TENSOR_BYTES, left));
        if (!take(wanted)) {
            return 0;
        }
        left -= wanted;
        return wanted;
    }

    private boolean take(long bytes) {
        try {
            return account.chargeIfAmple(Resource.HEAP, bytes);
        } catch (InferenceException _) { // released: the trace has ended
            return false;
        }
    }

    /** How much it has. */
    public long bytes() {
        return account.held(Resource.HEAP);
    }

    @Override
    public void release() {
        account.close();
    }
}
