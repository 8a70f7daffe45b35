package io.nereid.backend.worker.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.inference.Lease;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The extents that one worker has now. Whatever it refers to lies in one of them, and whoever uses that keeps the
 * memory from then on, whether the worker gives the extent back or dies. Thread-safe.
 */
public final class Extents {
    private final ReentrantLock lock = new ReentrantLock();
    /** By where they begin; several there where one request's input is another's too. */
    @GuardedBy("lock")
    private final TreeMap<Long, List<Extent>> extents = new TreeMap<>();
    @GuardedBy("lock")
    private boolean closed;

    /**
     * Gives the worker an extent until {@link #remove} takes it back.
     *
     * @param memory what it lies in; released when it has been taken back and nobody else keeps it
     */
    public Extent lend(long offset, long length, Lease memory) {
        return add(new Extent(offset, length, memory, false));
    }

    /** Gives the worker an extent until it says by {@link #free} that it has no use for it. */
    public void grant(long offset, long length, Lease memory) {
        Extent _ = add(new Extent(offset, length, memory, true));
    }

    private Extent add(Extent extent) {
        lock.lock();
        try {
            if (!closed) {
                extents.computeIfAbsent(extent.offset(), _ -> new ArrayList<>(1)).add(extent);
                return extent;
            }
        } finally {
            lock.unlock();
        }
        extent.owner().release();
        return extent;
    }

    /**
     * Keeps the memory that a worker refers to; the caller releases what is returned.
     *
     * @throws MalformedFrameException if it does not lie within an extent that the worker has
     */
    public Lease keep(Location.Shared range) throws MalformedFrameException {
        lock.lock();
        try {
            Extent extent = find(range.offset(), range.length());
            if (extent == null) {
                throw new MalformedFrameException(range.length() + " bytes of shared memory at " + range.offset()
                        + ", which the worker does not have");
            }
            return extent.owner().retain(1);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private @Nullable Extent find(long offset, long length) {
        if (offset < 0 || length < 0) {
            return null;
        }
        Map.Entry<Long, List<Extent>> at = extents.floorEntry(offset);
        while (at != null) {
            for (Extent extent : at.getValue()) {
                if (extent.contains(offset, length)) {
                    return extent;
                }
            }
            at = extents.lowerEntry(at.getKey());
        }
        return null;
    }

    /** Takes an extent back; again, it does nothing. */
    public void remove(Extent extent) {
        if (removed(extent)) {
            extent.owner().release();
        }
    }

    private boolean removed(Extent extent) {
        lock.lock();
        try {
            List<Extent> there = extents.get(extent.offset());
            if (there == null || !there.removeIf(other -> other == extent)) {
                return false;
            }
            if (there.isEmpty()) {
                extents.remove(extent.offset());
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The worker gives back what was granted to it from there on.
     *
     * @throws MalformedFrameException if nothing was
     */
    public void free(long offset) throws MalformedFrameException {
        Extent granted = granted(offset);
        if (granted == null) {
            throw new MalformedFrameException("shared memory at " + offset
                    + " given back, which the worker was not granted");
        }
        remove(granted);
    }

    private @Nullable Extent granted(long offset) {
        lock.lock();
        try {
            for (Extent extent : extents.getOrDefault(offset, List.of())) {
                if (extent.isGranted()) {
                    return extent;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The worker is gone: takes all extents back, and whatever comes later. */
    public void close() {
        List<Extent> left = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            extents.values().forEach(left::addAll);
            extents.clear();
        } finally {
            lock.unlock();
        }
        left.forEach(extent -> extent.owner().release());
    }
}
