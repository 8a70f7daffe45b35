package io.nereid.server.ledger;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorAllocator;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * What a connection holds, or one request of it: what a request's account is charged counts for its connection and
 * for the total. Memory is charged before it is allocated, and released when it is free again. Thread-safe; nothing
 * blocks.
 *
 * <p>An account is charged from the total downwards and released from itself upwards, so no count ever misses what
 * one beneath it holds. Whoever ends or closes an account sets a bit of each count, and in the same step learns what
 * it held: so every unit is given back once, by whoever comes first.
 */
public final class Account extends Counters implements AutoCloseable {
    /** Ended by the ledger: what it held has left the total, and leaves {@link Ledger#ending} when it is released. */
    private static final long ENDED = 1L << 62;
    private static final long CLOSED = 1L << 61;
    private static final long AMOUNT = CLOSED - 1;

    private static final AtomicIntegerFieldUpdater<Account> STATE = AtomicIntegerFieldUpdater
            .newUpdater(Account.class, "state");
    private static final int IS_ENDED = 1;
    private static final int IS_CLOSED = 2;

    private final Ledger ledger;
    private final @Nullable Account parent;
    /** Who is ended; null for an account that ends with its parent, or never. */
    private final @Nullable Holder holder;
    private final Duration window;
    /** Whether {@link #end} and {@link #close} have been called: {@link #IS_ENDED}, {@link #IS_CLOSED}. */
    private volatile int state;
    /** What has moved; made with the first payload, by the thread that reports it. */
    private volatile @Nullable PayloadWindow progress;
    /**
     * Since when the server waits for the client, whatever the clock says then; meaningless unless {@link #waiting}.
     */
    private volatile long waitingSinceNanos;
    private volatile boolean waiting;

    Account(Ledger ledger, @Nullable Account parent, @Nullable Holder holder, Duration window) {
        this.ledger = ledger;
        this.parent = parent;
        this.holder = holder;
        this.window = window;
    }

    /** An account for one request, which is ended with this one. Its owner closes it. */
    public Account request() {
        return new Account(ledger, this, null, window);
    }

    /** An account for one request that can be ended alone, by {@code ofRequest}. Its owner closes it. */
    public Account request(Holder ofRequest) {
        return ledger.register(new Account(ledger, this, ofRequest, window));
    }

    /**
     * Takes so much of the total; to be called before it is allocated. If it throws, nothing was taken.
     *
     * @throws InferenceException UNAVAILABLE, with the advice to try again, if the total is short and nobody can be
     *             ended; INVALID_ARG if it is more than the total; CANCELLED if this account or its connection has
     *             been ended or closed
     */
    public void charge(Resource resource, long amount) throws InferenceException {
        if (amount < 0) {
            throw new IllegalArgumentException("amount: got " + amount + " (expected 0 or more)");
        }
        ledger.reserve(this, resource, amount);
        charged(resource, amount);
    }

    /**
     * {@link #charge}, if at least half of the total is free afterwards: for what is taken only to save work.
     *
     * @return whether it was taken
     * @throws InferenceException CANCELLED, as {@link #charge}
     */
    public boolean chargeIfAmple(Resource resource, long amount) throws InferenceException {
        boolean ample = ledger.reserveIfAmple(resource, amount);
        if (ample) {
            charged(resource, amount);
        }
        return ample;
    }

    /**
     * {@link #charge} that goes past the total if need be, for what is not refused: only for a connection's account, or
     * a request's that nobody ends.
     *
     * @return gives it back
     */
    public Lease chargeAnyway(Resource resource, long amount) {
        if (parent != null) {
            Lease _ = parent.chargeAnyway(resource, amount); // given back from here upwards
            getAndAdd(resource, amount);
            return () -> release(resource, amount);
        }
        ledger.reserveAnyway(resource, amount);
        if ((getAndAdd(resource, amount) & ENDED) != 0) { // what was ended has left the total
            ledger.unreserve(resource, amount);
            ledger.endingJoined(resource, amount);
        }
        return () -> release(resource, amount);
    }

    /** Memory that is charged to this account before {@code from} allocates it, and released with its buffer. */
    public ChargedMemory charging(TensorAllocator from) {
        return new ChargedMemory(from, this);
    }

    /** Counts what has been taken of the total: from the connection down to this account. */
    private void charged(Resource resource, long amount) throws InferenceException {
        if (parent != null) {
            parent.charged(resource, amount);
        }
        if (isGone(getAndAdd(resource, amount))) {
            getAndAdd(resource, -amount);
            if (parent != null) {
                parent.release(resource, amount);
            } else {
                ledger.unreserve(resource, amount);
            }
            throw gone();
        }
    }

    private static boolean isGone(long count) {
        return (count & (ENDED | CLOSED)) != 0;
    }

    /** Throws CANCELLED if this account or its connection has been ended or closed: it is to end nobody else then. */
    void checkNotGone(Resource resource) throws InferenceException {
        if (isGone(get(resource)) || isGone(root().get(resource))) {
            throw gone();
        }
    }

    private static InferenceException gone() {
        return new InferenceException(ErrorCode.CANCELLED, "the client's connection or request has been ended");
    }

    /**
     * Gives so much back that was charged; has no effect if {@link #close} has given it back.
     *
     * @throws IllegalStateException if it is more than this account holds
     */
    public void release(Resource resource, long amount) {
        long before = getAndAdd(resource, -amount);
        if ((before & AMOUNT) < amount) {
            getAndAdd(resource, amount);
            throw new IllegalStateException("released more than is held: " + amount + " of " + (before & AMOUNT) + " "
                    + resource.unit());
        }
        boolean closedRequest = parent != null && (before & CLOSED) != 0;
        if (!closedRequest) {
            leave(resource, amount, (before & ENDED) != 0);
        }
    }

    private void leave(Resource resource, long amount, boolean wasEnded) {
        if (wasEnded) {
            ledger.endingLeft(resource, amount);
        } else if (parent != null) {
            parent.release(resource, amount);
        } else {
            ledger.unreserve(resource, amount);
        }
    }

    /** What this account holds, its requests included. */
    public long held(Resource resource) {
        return get(resource) & AMOUNT;
    }

    /**
     * The server waits for the client from here on: for the rest of a body or message, or until it has read what was
     * sent. Only then can the account be found slow, and not before a whole window has passed. On the thread of
     * {@link #moved}.
     *
     * @param nanosAgo for how long it has waited by now; of no effect if it is known to wait
     */
    public void awaitClient(long nanosAgo) {
        if (!waiting) {
            waitingSinceNanos = ledger.nanoTime() - nanosAgo;
            waiting = true;
        }
    }

    /** The client waits for the server from here on, as before the first {@link #awaitClient}. */
    public void serve() {
        waiting = false;
    }

    /**
     * Says that {@code payloadBytes} bytes of bodies or messages have come from the client, or of responses have gone
     * to it: no frames or headers of the protocol. On one thread at a time, the connection's event loop.
     */
    public void moved(long payloadBytes) {
        if (parent != null && holder == null) {
            parent.moved(payloadBytes);
            return;
        }
        PayloadWindow known = progress;
        if (known == null) {
            known = new PayloadWindow(window);
            progress = known;
        }
        known.moved(payloadBytes, ledger.nanoTime());
    }

    /**
     * Whether the server has waited for at least a window, and less than {@code bytesPerSecond} has moved in the last
     * one.
     */
    public boolean isSlowerThan(long bytesPerSecond) {
        return isSlowerThan(bytesPerSecond, ledger.nanoTime());
    }

    boolean isSlowerThan(long bytesPerSecond, long nowNanos) {
        long windowNanos = window.toNanos();
        if (!waiting || nowNanos - waitingSinceNanos < windowNanos) {
            return false;
        }
        PayloadWindow known = progress;
        long moved = known == null ? 0 : known.bytes(nowNanos);
        return moved < (double) bytesPerSecond * windowNanos / 1e9;
    }

    /** The account of the connection. */
    Account root() {
        return parent == null ? this : parent.root();
    }

    /** Whether {@link #end} could free anything of that resource. */
    boolean canBeEnded() {
        return holder != null && state == 0;
    }

    /** The client's address, for the log. */
    String client() {
        return holder == null ? "" : holder.client();
    }

    /** The client's address without its port, which is the same for all its connections; empty where it is not known. */
    public String clientHost() {
        String address = root().client();
        return address.substring(0, Math.max(0, address.lastIndexOf(':')));
    }

    /** Sets the bit; says whether it was not set before. */
    private boolean isFirst(int bit) {
        return (STATE.getAndAccumulate(this, bit, (before, more) -> before | more) & bit) == 0;
    }

    /**
     * Ends the holder: what it holds leaves the total at once, so that somebody else may have it, and is known as
     * {@link Ledger#ending} until it is really released.
     */
    void end(InferenceException reason) {
        if (holder == null || !isFirst(IS_ENDED)) {
            return;
        }
        for (Resource resource : Resource.values()) {
            long before = getAndAdd(resource, ENDED);
            long amount = before & AMOUNT;
            if (!(parent != null && (before & CLOSED) != 0)) {
                ledger.endingJoined(resource, amount);
                leave(resource, amount, false);
            }
        }
        holder.end(reason);
    }

    /**
     * A request's account: gives everything back that it holds. A connection's: it is charged no more, cannot be
     * ended any more, and what it still holds is given back by those who release it. Once closed, calling this again
     * does nothing.
     */
    @Override
    public void close() {
        if (!isFirst(IS_CLOSED)) {
            return;
        }
        ledger.deregister(this);
        for (Resource resource : Resource.values()) {
            long before = getAndAdd(resource, CLOSED);
            if (parent != null) {
                leave(resource, before & AMOUNT, (before & ENDED) != 0);
            }
        }
        if (parent == null && holder != null) {
            release(Resource.HEAP, Ledger.CONNECTION_HEAP_BYTES);
            release(Resource.NATIVE, Ledger.CONNECTION_NATIVE_BYTES);
        }
    }
}
