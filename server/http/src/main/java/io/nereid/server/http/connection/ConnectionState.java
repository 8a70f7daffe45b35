package io.nereid.server.http.connection;

import io.netty.handler.codec.http.HttpRequest;

/**
 * What a connection is about. It goes round from a request to the next one, until it only waits for its end. Used on
 * the connection's event loop only.
 */
sealed interface ConnectionState {
    /** No request is under way. */
    enum Waiting implements ConnectionState {
        FOR_A_REQUEST,
        /** Nothing that still arrives is of interest. */
        FOR_THE_END
    }

    /**
     * The body of a request is arriving.
     *
     * @param head the request line and the header lines
     * @param body what has come of it; whoever leaves the state takes or releases it
     * @param handler what the request was routed to
     * @param arrivalNanos when the head was there; 0 if nobody wants to know
     */
    record Receiving(HttpRequest head, RequestBody body, HttpHandler handler, long arrivalNanos)
            implements
                ConnectionState,
                RequestHeads.Verdict {
        /** Whether announced bytes have not arrived: the socket may write them to their place. */
        boolean isMissingBytes() {
            return body.missing() > 0;
        }
    }

    /** A request waits for its reply, or for the rest of it. */
    record Answering(HttpExchange exchange) implements ConnectionState {}
}
