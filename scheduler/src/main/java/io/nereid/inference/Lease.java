package io.nereid.inference;

/** Native memory held for somebody, until it is released. */
@FunctionalInterface
public interface Lease {
    /** A lease on nothing. */
    Lease NONE = () -> {
    };

    /**
     * Gives the memory back. Called exactly once by each holder, on any thread; a holder does not read the memory
     * afterwards.
     */
    void release();

    /**
     * A lease in the place of that one, with one holder, to whom {@link #retain} gives back the very same lease: so
     * others may come to hold it without a change for those who do.
     */
    static Lease counted(Lease held) {
        return new CountedLease(held, 1);
    }

    /**
     * A lease on the same memory that {@code more} holders have besides the caller: each of them, and the caller,
     * releases it once, and the last one gives the memory back. So one output feeds several consumers without a copy.
     * It takes the place of this one, which the caller does not use any more. Only for a holder.
     */
    default Lease retain(int more) {
        return more == 0 ? this : new CountedLease(this, Math.addExact(more, 1));
    }
}
