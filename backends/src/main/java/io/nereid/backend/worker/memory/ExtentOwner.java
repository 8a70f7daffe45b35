package io.nereid.backend.worker.memory;

import io.nereid.inference.Lease;
import io.nereid.inference.References;

import java.util.concurrent.atomic.AtomicInteger;

/** Memory that extents lie in, counted: the last of those who keep one gives it back. Thread-safe. */
final class ExtentOwner implements Lease {
    private final Lease memory;
    private final AtomicInteger keepers = new AtomicInteger(1);

    /** Of that memory, which is this object's from here on; the caller is the first to keep it. */
    ExtentOwner(Lease memory) {
        this.memory = memory;
    }

    @Override
    public Lease retain(int more) {
        if (!References.tryRetain(keepers, more)) {
            throw new IllegalStateException("an extent kept after it was given back");
        }
        return this;
    }

    @Override
    public void release() {
        if (References.release(keepers)) {
            memory.release();
        }
    }
}
