package io.nereid.backend.workermemory;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which ranges of a file are taken. A request gets the shortest free range that is long enough, the first of several;
 * what is released joins the free ranges beside it. Each step costs the logarithm of the number of free ranges. The
 * decisions only: no memory, no lock; not thread-safe.
 */
final class Extents {
    private static final Comparator<Extent> BY_LENGTH = Comparator.comparingLong(Extent::length)
            .thenComparingLong(Extent::offset);

    private final long alignment;
    private final TreeMap<Long, Extent> freeByOffset = new TreeMap<>();
    private final TreeSet<Extent> freeByLength = new TreeSet<>(BY_LENGTH);
    /** The taken ones by their offset. */
    private final Map<Long, Extent> taken = new HashMap<>();

    /**
     * A file of which nothing is taken.
     *
     * @param length of the file, a multiple of the alignment
     * @param alignment of what is given out: a power of two
     */
    Extents(long length, long alignment) {
        if (alignment < 1 || Long.bitCount(alignment) != 1 || length < alignment || length % alignment != 0) {
            throw new IllegalArgumentException("a file of " + length + " bytes, aligned to " + alignment);
        }
        this.alignment = alignment;
        addFree(new Extent(0, length));
    }

    /** Takes a range of at least {@code length} bytes, at least one; null if no free range is as long. */
    @Nullable
    Extent take(long length) {
        if (length < 1 || length > Long.MAX_VALUE - alignment) {
            throw new IllegalArgumentException("a range of " + length + " bytes");
        }
        long whole = (length + alignment - 1) & -alignment;
        Extent found = freeByLength.ceiling(new Extent(0, whole));
        if (found == null) {
            return null;
        }
        removeFree(found);
        if (found.length() > whole) {
            addFree(new Extent(found.offset() + whole, found.length() - whole));
        }
        Extent given = new Extent(found.offset(), whole);
        taken.put(given.offset(), given);
        return given;
    }

    /** The range that was taken from there. */
    Extent taken(long offset) {
        Extent extent = taken.get(offset);
        if (extent == null) {
            throw new IllegalStateException("nothing is taken at offset " + offset);
        }
        return extent;
    }

    /**
     * Releases the range that was taken from there.
     *
     * @return the free range that it is a part of now
     * @throws IllegalStateException if none was
     */
    Extent release(long offset) {
        Extent released = taken(offset);
        taken.remove(offset);
        Extent joined = released;
        Map.Entry<Long, Extent> before = freeByOffset.lowerEntry(offset);
        if (before != null && before.getValue().end() == offset) {
            removeFree(before.getValue());
            joined = new Extent(before.getKey(), before.getValue().length() + joined.length());
        }
        Extent behind = freeByOffset.get(released.end());
        if (behind != null) {
            removeFree(behind);
            joined = new Extent(joined.offset(), joined.length() + behind.length());
        }
        addFree(joined);
        return joined;
    }

    /** How many ranges are taken. */
    int takenCount() {
        return taken.size();
    }

    /** How many free ranges there are. */
    int freeCount() {
        return freeByOffset.size();
    }

    private void addFree(Extent extent) {
        freeByOffset.put(extent.offset(), extent);
        freeByLength.add(extent);
    }

    private void removeFree(Extent extent) {
        freeByOffset.remove(extent.offset());
        freeByLength.remove(extent);
    }

    /**
     * The whole pages that became free with {@code released}: those within {@code free} that it has a part of.
     *
     * @param free the free range that it is a part of
     * @return an extent of length 0 if there are none
     */
    static Extent freePages(Extent released, Extent free, long pageSize) {
        long from = Math.max(roundUp(free.offset(), pageSize), released.offset() / pageSize * pageSize);
        long to = Math.min(free.end() / pageSize * pageSize, roundUp(released.end(), pageSize));
        return new Extent(from, Math.max(0, to - from));
    }

    private static long roundUp(long offset, long pageSize) {
        return (offset + pageSize - 1) / pageSize * pageSize;
    }
}
