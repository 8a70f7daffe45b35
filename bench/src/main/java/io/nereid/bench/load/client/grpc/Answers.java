package io.nereid.bench.load.client.grpc;

import io.grpc.Status;

/** Receives what comes back to one client; called by one thread at a time. */
interface Answers {
    /**
     * An answer without an error.
     *
     * @return whether to send the request again
     */
    boolean onAnswer(byte[] answer);

    /** Has the next request sent, now or later, by this thread or another; called once for each that is wanted. */
    void next(Runnable send);

    /** Nothing more comes: OK where the last answer was to be the last, else what went wrong. */
    void onEnd(Status status);
}
