package io.nereid.server.grpc.http2;

import io.grpc.Decompressor;
import io.grpc.Metadata;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one connection, each kept at its stream: begins those whose headers a method is found for, and refuses
 * the others. On the connection's event loop.
 */
final class StreamCalls {
    private final CallConnection connection;
    private final Http2Server server;
    private final Http2Connection streams;
    private final Http2Connection.PropertyKey key;

    /** @param streams those of {@code connection} */
    StreamCalls(CallConnection connection, Http2Server server, Http2Connection streams) {
        this.connection = connection;
        this.server = server;
        this.streams = streams;
        this.key = streams.newKey();
    }

    /** The call of a stream; null where it has been refused, or there is no such stream. */
    @Nullable
    Http2Call<?, ?> at(int streamId) {
        Http2Stream stream = streams.stream(streamId);
        return stream == null ? null : at(stream);
    }

    private @Nullable Http2Call<?, ?> at(Http2Stream stream) {
        return stream.getProperty(key);
    }

    /**
     * Headers have come: they begin a call, or are the trailers of one.
     *
     * @param last whether the client sends no more
     */
    void headers(int streamId, Http2Headers headers, boolean last) {
        Http2Stream stream = streams.stream(streamId);
        if (stream == null) {
            return;
        }
        Http2Call<?, ?> call = at(stream);
        if (call == null) {
            begin(stream, headers, last);
        } else {
            call.received(Unpooled.EMPTY_BUFFER, last);
        }
    }

    private void begin(Http2Stream stream, Http2Headers headers, boolean last) {
        NotGrpc wrong = NotGrpc.of(headers);
        if (wrong != null) {
            connection.frames().refuse(stream, wrong);
            return;
        }
        RequestHead head;
        try {
            head = RequestHead.of(headers);
        } catch (IllegalArgumentException e) {
            refuse(stream, Status.INTERNAL.withDescription(e.getMessage()));
            return;
        }
        ServerMethodDefinition<?, ?> method = server.method(headers.path());
        if (method == null) {
            refuse(stream, Status.UNIMPLEMENTED.withDescription("Method not found: " + headers.path()));
        } else {
            begin(stream, head, method, last);
        }
    }

    private void begin(Http2Stream stream, RequestHead head, ServerMethodDefinition<?, ?> method, boolean last) {
        Decompressor decompressor = server.decompressor(head.encoding());
        if (decompressor == null) {
            refuse(stream, Status.UNIMPLEMENTED.withDescription("Can't find decompressor for " + head.encoding()));
            return;
        }
        Http2Call<?, ?> call = new Http2Call<>(connection, stream, head, method, decompressor);
        stream.setProperty(key, call);
        call.start();
        if (last) {
            call.received(Unpooled.EMPTY_BUFFER, true);
        }
    }

    private void refuse(Http2Stream stream, Status status) {
        FrameWriter frames = connection.frames();
        frames.write(stream, GrpcHeaders.onlyTrailers(status, new Metadata()), true, _ -> frames.resetIfOpen(stream));
    }

    /** Whether a stream is open, refused ones included. */
    boolean any() {
        return streams.numActiveStreams() > 0;
    }

    /** The call of a stream has ended with this, if there is one. */
    void cancel(int streamId, Status status) {
        Http2Call<?, ?> call = at(streamId);
        if (call != null) {
            call.cancel(status);
        }
    }

    /** All calls have ended with this. */
    void cancelAll(Status status) throws Http2Exception {
        streams.forEachActiveStream(stream -> {
            Http2Call<?, ?> call = at(stream);
            if (call != null) {
                call.cancel(status);
            }
            return true;
        });
    }
}
