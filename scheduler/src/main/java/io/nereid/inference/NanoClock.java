package io.nereid.inference;

/** A source of monotonic time. Injected, so that tests and simulations decide what time it is. */
@FunctionalInterface
public interface NanoClock {
    /** The machine's monotonic clock. */
    NanoClock SYSTEM = System::nanoTime;

    /** Nanoseconds since some fixed moment; only differences mean something. */
    long nanoTime();
}
