package io.nereid.backend.ranges;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which ranges of a file, or of a block of memory, are taken. A request gets the shortest free range that is long enough, the first of several;
 * what is released joins the free ranges beside it. Each step costs the logarithm of the number of free ranges. The
 * decisions only: no memory, no lock; not thread-safe.
 */
public final class Ranges {
    private static final Comparator<Range> BY_LENGTH = Comparator.comparingLong(Range::length)
            .thenComparingLong(Range::offset);

    private final long alignment;
    private final TreeMap<Long, Range> freeByOffset = new TreeMap<>();
    private final TreeSet<Range> freeByLength = new TreeSet<>(BY_LENGTH);
    /** The taken ones by their offset. */
    private final Map<Long, Range> taken = new HashMap<>();

    /**
     * A whole of which nothing is taken.
     *
     * @param length of the whole, a multiple of the alignment
     * @param alignment of what is given out: a power of two
     */
    public Ranges(long length, long alignment) {
        if (alignment < 1 || Long.bitCount(alignment) != 1 || length < alignment || length % alignment != 0) {
            throw new IllegalArgumentException("a whole of " + length + " bytes, aligned to " + alignment);
        }
        this.alignment = alignment;
        addFree(new Range(0, length));
    }

    /** Takes a range of at least {@code length} bytes, at least one; null if no free range is as long. */
    public @Nullable Range take(long length) {
        if (length < 1 || length > Long.MAX_VALUE - alignment) {
            throw new IllegalArgumentException("a range of " + length + " bytes");
        }
        long whole = (length + alignment - 1) & -alignment;
        Range found = freeByLength.ceiling(new Range(0, whole));
        if (found == null) {
            return null;
        }
        removeFree(found);
        if (found.length() > whole) {
            addFree(new Range(found.offset() + whole, found.length() - whole));
        }
        Range given = new Range(found.offset(), whole);
        taken.put(given.offset(), given);
        return given;
    }

    /** The range that was taken from there. */
    public Range taken(long offset) {
        Range range = taken.get(offset);
        if (range == null) {
            throw new IllegalStateException("nothing is taken at offset " + offset);
        }
        return range;
    }

    /**
     * Releases the range that was taken from there.
     *
     * @return the free range that it is a part of now
     * @throws IllegalStateException if none was
     */
    public Range release(long offset) {
        Range released = taken(offset);
        taken.remove(offset);
        Range joined = released;
        Map.Entry<Long, Range> before = freeByOffset.lowerEntry(offset);
        if (before != null && before.getValue().end() == offset) {
            removeFree(before.getValue());
            joined = new Range(before.getKey(), before.getValue().length() + joined.length());
        }
        Range behind = freeByOffset.get(released.end());
        if (behind != null) {
            removeFree(behind);
            joined = new Range(joined.offset(), joined.length() + behind.length());
        }
        addFree(joined);
        return joined;
    }

    /** How many ranges are taken. */
    public int takenCount() {
        return taken.size();
    }

    /** How many free ranges there are. */
    public int freeCount() {
        return freeByOffset.size();
    }

    private void addFree(Range range) {
        freeByOffset.put(range.offset(), range);
        freeByLength.add(range);
    }

    private void removeFree(Range range) {
        freeByOffset.remove(range.offset());
        freeByLength.remove(range);
    }

    /**
     * The whole pages that became free with {@code released}: those within {@code free} that it has a part of.
     *
     * @param free the free range that it is a part of
     * @return an range of length 0 if there are none
     */
    public static Range freePages(Range released, Range free, long pageSize) {
        long from = Math.max(roundUp(free.offset(), pageSize), released.offset() / pageSize * pageSize);
        long to = Math.min(free.end() / pageSize * pageSize, roundUp(released.end(), pageSize));
        return new Range(from, Math.max(0, to - from));
    }

    private static long roundUp(long offset, long pageSize) {
        return (offset + pageSize - 1) / pageSize * pageSize;
    }
}
