package io.nereid.perf.grpc;

import io.nereid.perf.client.ClientRequests;
import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.RequestList;
import io.nereid.perf.client.Sender;
import io.nereid.perf.client.Transport;
import io.nereid.perf.network.Endpoint;
import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Requests over gRPC; some that are under way at a time share a connection, as with the usual clients. */
public final class GrpcTransport implements Transport {
    /** How many calls at a time share a connection with the usual clients. */
    public static final int USUAL_CALLS = 6;

    static final String SERVICE = "/inference.GRPCInferenceService/";
    private static final int NOTHING_KEPT = 0;

    /** How requests become calls. */
    public enum Method {
        /** A call of {@code ModelInfer} for each. */
        UNARY,
        /** All of a sender's in one call of {@code ModelStreamInfer}; each is answered once. */
        STREAM,
        /** The same, of a model that answers a request any number of times. */
        DECOUPLED_STREAM;

        /** The name of the call. */
        String rpc() {
            return this == UNARY ? "ModelInfer" : "ModelStreamInfer";
        }
    }

    private final Endpoint server;
    private final Method method;
    private final RequestHead head;
    private final RequestList requests;
    private final int callsOfConnection;

    /**
     * To a server without TLS.
     *
     * @param server resolved
     * @param authority the server as the user names it, such as {@code localhost:8001}
     * @param requests each with gRPC's five bytes in front, in direct memory: {@link #framed}
     * @param callsOfConnection how many that are under way at a time share a connection, above 0: {@link #USUAL_CALLS}
     */
    public GrpcTransport(InetSocketAddress server, String authority, Method method, List<ByteBuffer> requests,
            int callsOfConnection) {
        this(Endpoint.plain(server), authority, method, RequestList.of(requests), callsOfConnection);
    }

    /** To that server, with the same. */
    public GrpcTransport(Endpoint server, String authority, Method method, RequestList requests,
            int callsOfConnection) {
        this.callsOfConnection = callsOfConnection;
        this.server = server;
        this.method = method;
        this.head = new RequestHead(server.tls().isPresent(), authority, SERVICE + method.rpc());
        this.requests = requests;
    }

    /** The message with gRPC's five bytes in front, in direct memory. */
    public static ByteBuffer framed(ByteBuffer message) {
        return ByteBuffer.allocateDirect(5 + message.remaining()).put((byte) 0).putInt(message.remaining())
                .put(message.duplicate()).flip();
    }

    @Override
    public int requestCount() {
        return requests.count();
    }

    @Override
    public Senders on(LoadThread thread) {
        return new Senders() {
            private @Nullable Http2Connection connection;
            private int calls;

            @Override
            public Sender open() {
                Http2Connection shared = connection;
                if (shared == null || calls == callsOfConnection) {
                    shared = new Http2Connection(thread, server, head);
                    connection = shared;
                    calls = 0;
                }
                calls++;
                return sender(thread, shared);
            }
        };
    }

    private Sender sender(LoadThread thread, Http2Connection connection) {
        return sender(method, thread, connection, requests.forClient(), _ -> {
        }, NOTHING_KEPT);
    }

    /** What sends in that way. */
    static Sender sender(Method method, LoadThread thread, Http2Connection connection, ClientRequests requests,
            MessageReader.Handler answers, int keptBytes) {
        return switch (method) {
            case UNARY -> new UnarySender(thread, connection, requests, answers, keptBytes);
            case STREAM -> new StreamSender(thread, connection, requests, false, answers, keptBytes);
            case DECOUPLED_STREAM -> new StreamSender(thread, connection, requests, true, answers, keptBytes);
        };
    }
}
