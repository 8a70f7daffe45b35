package io.nereid.server.tracing;

/** Where finished traces go. Thread-safe; no method but {@link #close} waits for anything. */
public interface TraceSink extends AutoCloseable {
    /** No traces go anywhere. */
    TraceSink NONE = new TraceSink() {
        @Override
        public void accept(Trace trace) {
            trace.memory().release(); // as where no file was given
        }

        @Override
        public boolean keepsTraces() {
            return false;
        }

        @Override
        public void close() {
            // nothing to close
        }
    };

    /** Takes a trace, and releases its memory when it has been written or dropped. */
    void accept(Trace trace);

    /** Whether there is any use in making traces; they are counted all the same. */
    default boolean keepsTraces() {
        return true;
    }

    /** Whether the elements of tensors are of use. */
    default boolean keepsElements() {
        return false;
    }

    /** The settings by which these traces were chosen do not hold any more. */
    default void retired(TraceSampler sampler) {}

    /** Writes or sends what was taken, and gives everything back. */
    @Override
    void close();
}
