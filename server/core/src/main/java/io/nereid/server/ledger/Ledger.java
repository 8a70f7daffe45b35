package io.nereid.server.ledger;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * All that is held for clients, against one total for each resource. Thread-safe; nothing waits here.
 *
 * <p>When a total is short, whoever holds most is ended among the holders that the server has waited for longer than
 * a window and whose payload moves slower than the minimum rate. What it held is at the newcomer's disposal at once.
 * Where nobody is slow the newcomer is refused: a holder that keeps the rate is never ended.
 */
public final class Ledger {
    /** Heap that a connection takes while it does nothing. */
    public static final long CONNECTION_HEAP_BYTES = 16 << 10;
    /** Native memory that a connection takes while it does nothing: one read, and a small body. */
    public static final long CONNECTION_NATIVE_BYTES = 32 << 10;
    /** Heap that an open stream takes while no request is under way on it. */
    public static final long STREAM_HEAP_BYTES = 8 << 10;
    /** Heap that a request in flight takes beside its parameters and tensors. */
    public static final long REQUEST_HEAP_BYTES = 6 << 10;

    /**
     * The last part of a total, one in so many, is for those who hold little: large bodies do not shut out small
     * ones.
     */
    private static final int SMALL_SHARE = 16;
    /** What a connection holds at most that holds little. */
    private static final long SMALL_BYTES = 64 << 10;
    /** How far the total may be passed by what ended holders have not yet released: one in so many. */
    private static final int ENDING_SHARE = 8;
    private static final int RETRY_AFTER_SECONDS = 1;
    /**
     * Where nobody was slow, nobody is looked for again for this long: looking costs time for every open connection.
     */
    private static final long SEARCH_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final LedgerLimits limits;
    private final NanoClock clock;
    private final Counters held = new Counters();
    private final Counters ending = new Counters();
    private final Counters ended = new Counters();
    private final Counters refused = new Counters();
    private final Set<Account> accounts = ConcurrentHashMap.newKeySet();
    private final EndedLog log;
    private final ReentrantLock search = new ReentrantLock();
    @GuardedBy("search")
    private final Map<Resource, Long> nextSearchNanos = new EnumMap<>(Resource.class);

    /** Nothing is held yet. */
    public Ledger(LedgerLimits limits, NanoClock clock) {
        this.limits = limits;
        this.clock = clock;
        this.log = new EndedLog(clock);
    }

    /**
     * The account of a new connection, charged with what every connection takes, however short the totals are: they
     * are bounded by their number. Its owner closes it when the connection has ended.
     *
     * @param holder ends the connection
     * @param window how long its client may be slow
     */
    public Account connection(Holder holder, Duration window) {
        Account account = register(new Account(this, null, holder, window));
        account.chargeAnyway(Resource.HEAP, CONNECTION_HEAP_BYTES);
        account.chargeAnyway(Resource.NATIVE, CONNECTION_NATIVE_BYTES);
        return account;
    }

    /** An account of a program in this process, which nobody ends. Its owner closes it. */
    public Account detached() {
        return new Account(this, null, null, Duration.ZERO);
    }

    /** What all accounts hold. */
    public long held(Resource resource) {
        return held.get(resource);
    }

    /** What holders still hold that have been ended: it comes back soon, and counts no more. */
    public long ending(Resource resource) {
        return ending.get(resource);
    }

    /** The total. */
    public long limit(Resource resource) {
        return limits.of(resource);
    }

    /** How many holders have been ended because this was short. */
    public long ended(Resource resource) {
        return ended.get(resource);
    }

    /** How many charges have been refused because this was short. */
    public long refused(Resource resource) {
        return refused.get(resource);
    }

    /** The payload that keeps a holder from being ended, in bytes per second. */
    public long minBytesPerSecond() {
        return limits.minClientBytesPerSecond();
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    // What accounts do to the totals

    Account register(Account account) {
        accounts.add(account);
        return account;
    }

    void deregister(Account account) {
        accounts.remove(account);
    }

    void reserve(Account account, Resource resource, long amount) throws InferenceException {
        long limit = limits.of(resource);
        long max = isSmall(account, resource, amount) ? limit : limit - limit / SMALL_SHARE;
        if (reserveUpTo(resource, amount, max)) {
            return;
        }
        account.checkNotGone(resource);
        if (endOthers(account, resource, amount, max)) {
            return;
        }
        refused.getAndAdd(resource, 1);
        throw refusal(resource, amount, max);
    }

    private static boolean isSmall(Account account, Resource resource, long amount) {
        return resource == Resource.REQUESTS || account.root().held(resource) + amount <= SMALL_BYTES;
    }

    boolean reserveIfAmple(Resource resource, long amount) {
        return reserveUpTo(resource, amount, limits.of(resource) / 2);
    }

    void reserveAnyway(Resource resource, long amount) {
        held.getAndAdd(resource, amount);
    }

    void unreserve(Resource resource, long amount) {
        held.getAndAdd(resource, -amount);
    }

    void endingJoined(Resource resource, long amount) {
        ending.getAndAdd(resource, amount);
    }

    void endingLeft(Resource resource, long amount) {
        ending.getAndAdd(resource, -amount);
    }

    /** Takes the amount unless that would lead past {@code max}: who is refused has never taken anything. */
    private boolean reserveUpTo(Resource resource, long amount, long max) {
        long before = held.get(resource);
        while (amount <= max - before && amount <= maxWithEnding(resource, max) - before) {
            if (held.compareAndSet(resource, before, before + amount)) {
                return true;
            }
            before = held.get(resource);
        }
        return false;
    }

    private long maxWithEnding(Resource resource, long max) {
        return max + max / ENDING_SHARE - ending.get(resource);
    }

    // What is done when a total is short

    /** Ends slow holders until the amount can be taken; if that cannot help, nobody. */
    private boolean endOthers(Account newcomer, Resource resource, long amount, long max) {
        if (amount > max) {
            return false;
        }
        search.lock();
        try {
            if (reserveUpTo(resource, amount, max)) {
                return true; // another thread has ended somebody
            }
            return endSlow(newcomer, resource, amount, max);
        } finally {
            search.unlock();
        }
    }

    @GuardedBy("search")
    private boolean endSlow(Account newcomer, Resource resource, long amount, long max) {
        SlowHolders slow = slowHolders(resource);
        slow.remove(newcomer);
        slow.remove(newcomer.root());
        if (held.get(resource) + amount - slow.amount() > max) {
            return false;
        }
        while (held.get(resource) + amount > max) {
            Account largest = slow.takeLargest();
            if (largest == null) {
                return false;
            }
            end(largest, resource);
        }
        return reserveUpTo(resource, amount, max);
    }

    @GuardedBy("search")
    private SlowHolders slowHolders(Resource resource) {
        long now = clock.nanoTime();
        if (now - nextSearchNanos.getOrDefault(resource, now) < 0) {
            return SlowHolders.NONE;
        }
        SlowHolders slow = SlowHolders.among(accounts, resource, minBytesPerSecond(), now);
        if (slow.amount() == 0) {
            nextSearchNanos.put(resource, now + SEARCH_PAUSE_NANOS);
        }
        return slow;
    }

    private void end(Account account, Resource resource) {
        long amount = account.held(resource);
        ended.getAndAdd(resource, 1);
        log.ended(account.client(), resource, amount);
        account.end(new InferenceException(ErrorCode.UNAVAILABLE, "the client was slower than " + minBytesPerSecond()
                + " bytes/s and held " + amount + " " + resource.unit() + " that others need; try again later")
                .withRetryAfter(RETRY_AFTER_SECONDS));
    }

    private InferenceException refusal(Resource resource, long amount, long max) {
        String got = resource == Resource.REQUESTS ? "got " + (held(resource) + 1)
                : "got " + amount + " more to " + held(resource);
        String text = "too many " + resource.unit() + ": " + got + " (expected at most " + max + ")";
        if (amount > max) {
            return new InferenceException(ErrorCode.INVALID_ARG, text + "; raise " + resource.flag());
        }
        return new InferenceException(ErrorCode.UNAVAILABLE, text + "; try again later, or raise " + resource.flag())
                .withRetryAfter(RETRY_AFTER_SECONDS);
    }
}
