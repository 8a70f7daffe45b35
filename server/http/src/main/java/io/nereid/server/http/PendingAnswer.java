package io.nereid.server.http;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ResponseListener;

/** Hears what a model answers to a request, and sees to it that the client gets it. */
interface PendingAnswer extends ResponseListener {
    /**
     * The request is queued, or further by now: from here on it is given up by {@code cancellation} if its client goes.
     * Called once, on the thread that read the request; responses may have come already.
     */
    void begun(Cancellation cancellation);
}
