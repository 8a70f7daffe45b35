package io.nereid.perf.client;

/** A load that runs until it is closed or its budget is used up. Any thread may ask it; one closes it. */
public interface RunningLoad extends AutoCloseable {
    /** What came since the last call. */
    Sample take();

    /**
     * Waits so long, or until the load is over: its budget is used up and all is answered.
     *
     * @return whether it is over
     */
    boolean awaitEnd(long nanos) throws InterruptedException;

    /** Sends no more, waits a while for what is under way unless it is interrupted, and closes the connections. */
    @Override
    void close();
}
