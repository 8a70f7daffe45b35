package io.nereid.server.tracing;

/** Where finished traces go. Thread-safe; no method but {@link #close} waits for anything. */
public interface TraceSink extends AutoCloseable {
    /** No traces go anywhere. */
    TraceSink NONE = new TraceSink() {
        @Override
        public void accept(Trace trace) {
            // as where no file was given
        }

        @Override
        public void close() {
            // nothing to close
        }
    };

    /** Takes a trace. */
    void accept(Trace trace);

    /** The settings by which these traces were chosen do not hold any more. */
    default void retired(TraceSampler sampler) {}

    /** Writes or sends what was taken, and gives everything back. */
    @Override
    void close();
}
