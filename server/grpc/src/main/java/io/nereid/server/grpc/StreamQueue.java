package io.nereid.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.Lease;
import io.nereid.server.grpc.codec.EncodedMessage;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The requests of one stream that have not ended, and their responses that have not been sent. Responses to requests
 * that keep the order are due when all such requests before theirs have ended; the others are due at once.
 * Thread-safe; one thread at a time sends.
 */
final class StreamQueue {
    /** What a response that waits takes up beside its message. */
    static final int OVERHEAD_BYTES = 2 << 10;
    /** How many responses may wait before it is full: a client that takes them has hardly ever one waiting. */
    private static final int MAX_WAITING = 256;

    private final long maxBytes;
    private final int maxResponses;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    @GuardedBy("lock")
    private final ArrayDeque<Entry> inOrder = new ArrayDeque<>();
    @GuardedBy("lock")
    private final Set<Entry> active = new HashSet<>();
    @GuardedBy("lock")
    private final ArrayDeque<Response> due = new ArrayDeque<>();
    @GuardedBy("lock")
    private long waitingBytes;
    @GuardedBy("lock")
    private int waitingResponses;
    @GuardedBy("lock")
    private boolean sending;
    /** Whether the one that sends has to look again: another thread has brought something. */
    @GuardedBy("lock")
    private boolean again;
    @GuardedBy("lock")
    private boolean closed;

    /**
     * An empty queue.
     *
     * @param maxBytes how many bytes of responses may wait before it is {@link #isFull full}
     * @param maxResponses how many responses of one request may wait before its model has to
     */
    StreamQueue(long maxBytes, int maxResponses) {
        this.maxBytes = maxBytes;
        this.maxResponses = maxResponses;
    }

    /** A request's place in the queue, which its owner extends. Its fields are the queue's, under its lock. */
    abstract static class Entry {
        private final List<Response> held = new ArrayList<>(1);
        private boolean ordered;
        private boolean ended;
        private int unsent;
        private long unsentBytes;

        /** Cancels the request; its end is still to come. */
        abstract void cancel();

        /** So many bytes of its responses wait now. */
        abstract void waiting(long bytes);

        /** It has ended and its responses have been sent or dropped; called once. */
        abstract void settled();
    }

    /**
     * A response that waits to be sent.
     *
     * @param lease the memory that the message refers to
     */
    record Response(Entry entry, EncodedMessage message, Lease lease) {}

    /**
     * A request has come; it is cancelled if the queue is closed. With {@code ordered} its responses wait for those
     * of the requests before it.
     */
    void begin(Entry entry, boolean ordered) {
        boolean late;
        lock.lock();
        try {
            late = closed;
            entry.ordered = ordered;
            active.add(entry);
            if (ordered) {
                inOrder.addLast(entry);
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            entry.cancel();
        }
    }

    /** A request has a response, which is the queue's from here on. */
    @SuppressWarnings("ReferenceEquality") // the very request
    void add(Response response) {
        lock.lock();
        try {
            if (closed) {
                response.lease.release();
                return;
            }
            Entry entry = response.entry;
            entry.unsent++;
            waitingResponses++;
            count(entry, bytes(response));
            if (entry.ordered && inOrder.peekFirst() != entry) {
                entry.held.add(response);
            } else {
                due.addLast(response);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A request has ended: it has no further responses. */
    void end(Entry entry) {
        lock.lock();
        try {
            entry.ended = true;
            active.remove(entry);
            passOn();
            settle(entry);
        } finally {
            lock.unlock();
        }
    }

    /** A request that began in order turns out to have any number of responses: they wait for those of no other. */
    void giveUpPlace(Entry entry) {
        lock.lock();
        try {
            if (entry.ordered) {
                entry.ordered = false;
                inOrder.remove(entry);
                due.addAll(entry.held);
                entry.held.clear();
                passOn();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What the first in order has held back is due, and where that has ended what the next one has. */
    @GuardedBy("lock")
    private void passOn() {
        for (Entry first = inOrder.peekFirst(); first != null; first = inOrder.peekFirst()) {
            due.addAll(first.held);
            first.held.clear();
            if (!first.ended) {
                return;
            }
            inOrder.removeFirst();
        }
    }

    /** Waits while no further response of that request may be queued. Not for an event loop. */
    void awaitSpace(Entry entry) {
        lock.lock();
        try {
            while (!closed && entry.unsent > 0 && (isOverfull() || entry.unsent >= maxResponses)) {
                notFull.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes the caller the one that sends, unless another thread is: that one will see what the caller has brought. */
    boolean claim() {
        lock.lock();
        try {
            again = sending;
            boolean free = !sending;
            sending = true;
            return free;
        } finally {
            lock.unlock();
        }
    }

    /** The next response to send, for the one that sends; null if none is due or the client takes none. */
    @Nullable
    Response next(BooleanSupplier ready) {
        lock.lock();
        try {
            return due.isEmpty() || !ready.getAsBoolean() ? null : due.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the claim, unless another thread has brought something meanwhile: then the caller is to go on, and false.
     */
    boolean letGo() {
        lock.lock();
        try {
            sending = again;
            again = false;
            return !sending;
        } finally {
            lock.unlock();
        }
    }

    /** A response has been sent, or could not be. */
    void sent(Response response) {
        response.lease.release();
        lock.lock();
        try {
            discount(response);
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Drops all responses, also those to come, and cancels the requests that have not ended. */
    void close() {
        List<Entry> unfinished;
        lock.lock();
        try {
            closed = true;
            unfinished = List.copyOf(active);
            for (Entry entry : inOrder) {
                due.addAll(entry.held);
                entry.held.clear();
            }
            for (Response response : due) {
                response.lease.release();
                discount(response);
            }
            due.clear();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
        unfinished.forEach(Entry::cancel);
    }

    private static long bytes(Response response) {
        return OVERHEAD_BYTES + response.message.length();
    }

    @GuardedBy("lock")
    private void count(Entry entry, long bytes) {
        waitingBytes += bytes;
        entry.unsentBytes += bytes;
        entry.waiting(entry.unsentBytes);
    }

    @GuardedBy("lock")
    private void discount(Response response) {
        response.entry.unsent--;
        waitingResponses--;
        count(response.entry, -bytes(response));
        settle(response.entry);
    }

    @GuardedBy("lock")
    private void settle(Entry entry) {
        if (entry.ended && entry.unsent == 0) {
            entry.settled();
        }
    }

    /** Whether so much waits that no further request should be read. */
    boolean isFull() {
        lock.lock();
        try {
            return isOverfull();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean isOverfull() {
        return waitingBytes > maxBytes || waitingResponses > MAX_WAITING;
    }

    /** Whether a response is there that could be sent. */
    boolean hasDue() {
        lock.lock();
        try {
            return !due.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether every request has ended and nothing waits or is being sent. */
    boolean isIdle() {
        lock.lock();
        try {
            return active.isEmpty() && waitingBytes == 0;
        } finally {
            lock.unlock();
        }
    }
}
