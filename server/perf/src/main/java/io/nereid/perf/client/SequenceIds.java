package io.nereid.perf.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.HashSet;
import java.util.Set;

/** The names of sequences: whole numbers of a range in turn, none of them twice at a time. Thread-safe. */
public final class SequenceIds {
    private final long first;
    private final long end;
    @GuardedBy("this")
    private long next;
    @GuardedBy("this")
    private final Set<Long> taken = new HashSet<>();

    /**
     * From the first to the one before the end, then the first again.
     *
     * @param first above 0: servers take 0 for no sequence
     */
    public SequenceIds(long first, long end) {
        if (first < 1 || end <= first) {
            throw new IllegalArgumentException(
                    "got " + first + " to " + end + " (expected 1 or more, and an end above)");
        }
        this.first = first;
        this.end = end;
        this.next = first;
    }

    /**
     * The next one that is not taken.
     *
     * @throws IllegalStateException if all are: there are to be fewer clients
     */
    synchronized long take() {
        if (taken.size() >= end - first) {
            throw new IllegalStateException("more sequences than ids");
        }
        while (!taken.add(next)) {
            advance();
        }
        long id = next;
        advance();
        return id;
    }

    private synchronized void advance() {
        next = next + 1 == end ? first : next + 1;
    }

    /** The sequence is over. */
    synchronized void give(long id) {
        taken.remove(id);
    }
}
