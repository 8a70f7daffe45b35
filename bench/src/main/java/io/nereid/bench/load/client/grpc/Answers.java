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

    /** Nothing more comes: OK where the last answer was to be the last, else what went wrong. */
    void onEnd(Status status);
}
