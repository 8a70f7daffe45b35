package io.nereid.server.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The server's gate for inference: how many requests, of how many bytes, are in flight over all models and protocols. What
 * would go past a limit is refused at once, so that overload costs its callers a short answer instead of costing everybody
 * memory and time. Thread-safe; nothing waits here.
 *
 * <p>A request is in flight from its admission until its answer is written or dropped. It counts with the bytes of its
 * body while it waits and runs, and with those of its answer after that. An answer is never refused, so answers that
 * nobody reads may go past the limit in bytes: then no new requests come in until they are read.
 */
public final class Admission {
    /** Answers are short and load changes quickly: long enough to relieve the server, short enough to keep it busy. */
    private static final int RETRY_AFTER_SECONDS = 1;

    private final int maxRequests;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private int requests;
    @GuardedBy("lock")
    private long bytes;

    /** A gate that lets in up to {@code maxRequests} requests of up to {@code maxBytes} bytes together. */
    public Admission(int maxRequests, long maxBytes) {
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
    }

    /**
     * Admits a request whose body has {@code bodyBytes} bytes. One that is larger than the limit is admitted when it is
     * alone: refused, it could try for ever.
     *
     * @return what the request holds; its owner releases it when the answer is written or dropped
     * @throws InferenceException UNAVAILABLE, with the advice to try again, if that would go past a limit
     */
    public Ticket admit(long bodyBytes) throws InferenceException {
        return admit(bodyBytes, new InFlight());
    }

    /**
     * {@link #admit(long)}, for a request to one model.
     *
     * @param ofModel where it is counted too
     */
    public Ticket admit(long bodyBytes, InFlight ofModel) throws InferenceException {
        lock.lock();
        try {
            if (requests >= maxRequests) {
                throw overload("too many requests in flight: got " + (requests + 1L) + " (expected at most "
                        + maxRequests + "); try again later, or raise --max-inflight-requests");
            }
            if (requests > 0 && bodyBytes > maxBytes - bytes) {
                throw overload("too many bytes in flight: got " + bodyBytes + " more to " + bytes
                        + " (expected at most " + maxBytes + "); try again later, or raise --max-inflight-bytes");
            }
            requests++;
            bytes += bodyBytes;
            ofModel.add(1, bodyBytes);
            return new Ticket(bodyBytes, ofModel);
        } finally {
            lock.unlock();
        }
    }

    private static InferenceException overload(String text) {
        return new InferenceException(ErrorCode.UNAVAILABLE, text).withRetryAfter(RETRY_AFTER_SECONDS);
    }

    /** The most requests in flight. */
    public int maxRequests() {
        return maxRequests;
    }

    /** The most bytes of them. */
    public long maxBytes() {
        return maxBytes;
    }

    /** Requests in flight. */
    public int requests() {
        lock.lock();
        try {
            return requests;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of their bodies and answers together. */
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** What one admitted request holds of the limits. Thread-safe. */
    public final class Ticket implements Lease {
        /** What it counts with; -1 when it has left. Guarded by the gate's lock. */
        @GuardedBy("lock")
        private long held;

        private final InFlight ofModel;

        private Ticket(long bodyBytes, InFlight ofModel) {
            this.held = bodyBytes;
            this.ofModel = ofModel;
        }

        /** Says that the body is gone and an answer of {@code answerBytes} bytes takes its place. */
        public void answers(long answerBytes) {
            lock.lock();
            try {
                if (held >= 0) {
                    bytes += answerBytes - held;
                    ofModel.add(0, answerBytes - held);
                    held = answerBytes;
                }
            } finally {
                lock.unlock();
            }
        }

        /** Ends the request. Once it has ended, calling this again does nothing. */
        @Override
        public void release() {
            lock.lock();
            try {
                if (held >= 0) {
                    requests--;
                    bytes -= held;
                    ofModel.add(-1, -held);
                    held = -1;
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
