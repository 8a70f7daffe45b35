package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

/**
 * The senders with a request under way, in the order in which their requests were due, which is that in which they time
 * out: the timeout is the same for all. Used by one thread; makes no objects.
 */
final class Deadlines {
    private final long timeoutNanos;
    private @Nullable Sender first;
    private @Nullable Sender last;

    /** None yet. */
    Deadlines(long timeoutNanos) {
        this.timeoutNanos = timeoutNanos;
    }

    /** Its request was due after those of all others. */
    void add(Sender sender) {
        Sender end = last;
        sender.before = end;
        sender.after = null;
        if (end == null) {
            first = sender;
        } else {
            end.after = sender;
        }
        last = sender;
    }

    /** Its request is over. */
    void remove(Sender sender) {
        Sender before = sender.before;
        Sender after = sender.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        sender.before = null;
        sender.after = null;
    }

    /** Takes out one whose time is over; null if there is none. */
    @Nullable
    Sender pollExpired(long nowNanos) {
        Sender oldest = first;
        if (oldest == null || nowNanos - oldest.dueNanos < timeoutNanos) {
            return null;
        }
        remove(oldest);
        return oldest;
    }

    /** How long until the next one's time is over; {@link Long#MAX_VALUE} if none is there. */
    long leftNanos(long nowNanos) {
        Sender oldest = first;
        return oldest == null ? Long.MAX_VALUE : Math.max(0, oldest.dueNanos + timeoutNanos - nowNanos);
    }
}
