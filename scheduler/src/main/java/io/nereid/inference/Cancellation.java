package io.nereid.inference;

/** Gives one request up. */
@FunctionalInterface
public interface Cancellation {
    /**
     * Says that nobody waits for the answer any more. Called on any thread, any number of times, also after the request
     * has ended; it returns at once.
     *
     * <p>A queued request is taken out and its listener receives {@link ErrorCode#CANCELLED}. One that runs is cut
     * short if nobody else's runs with it; its listener receives the end in every case, exactly once as always.
     */
    void cancel();
}
