package io.nereid.perf.grpc;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One call on a connection; used by the connection's thread. The connection keeps the fields. */
abstract class Http2Stream {
    /** 0 until the connection has begun it. */
    int id;
    /** How many bytes the server takes of this call now. */
    long window;
    /** How many bytes came since the server was told that it may send more. */
    long received;
    /** The rest of what is to be sent; null while there is nothing. */
    @Nullable
    ByteBuffer outgoing;
    /** Whether the call is over for this side when {@link #outgoing} is sent. */
    final boolean endsWithMessage;
    /** Whether it waits in the connection's line of those that have something to send. */
    boolean queued;

    Http2Stream(boolean endsWithMessage) {
        this.endsWithMessage = endsWithMessage;
    }

    /** Headers came: the first, or those at the end. */
    abstract void onHead(CallHead head, boolean end) throws IOException;

    /** A piece of the answer's messages came. */
    abstract void onData(ByteBuffer data, boolean end) throws IOException;

    /** The call is over without an end of its own. */
    abstract void onFailure(String text);
}
