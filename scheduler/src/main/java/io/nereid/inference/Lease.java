package io.nereid.inference;

/** Native memory held for somebody, until it is released. */
@FunctionalInterface
public interface Lease {
    /** A lease on nothing. */
    Lease NONE = () -> {
    };

    /** Gives the memory back. Called exactly once, by the owner, on any thread; nobody reads the memory afterwards. */
    void release();
}
