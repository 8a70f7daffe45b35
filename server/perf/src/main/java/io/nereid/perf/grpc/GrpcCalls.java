package io.nereid.perf.grpc;

import io.nereid.perf.call.CallException;
import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.RequestList;
import io.nereid.perf.client.Sample;
import io.nereid.perf.client.Transport;
import io.nereid.perf.json.GrpcAnswers;
import io.nereid.perf.json.JsonObject;
import io.nereid.perf.network.Endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;

/** Asks by gRPC, by a connection for each question. Thread-safe. */
public final class GrpcCalls implements ServerCalls {
    private static final int CONNECT_MILLIS = 30_000;
    private static final long TIMEOUT_NANOS = 30_000_000_000L;
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private final Endpoint server;
    private final String authority;
    private final String version;

    /**
     * Of a server without TLS.
     *
     * @param server resolved
     * @param authority the server as the user names it
     * @param version of the model that is asked for; the server's choice if empty
     */
    public GrpcCalls(InetSocketAddress server, String authority, String version) {
        this(Endpoint.plain(server), authority, version);
    }

    /** Of that server, with the same. */
    public GrpcCalls(Endpoint server, String authority, String version) {
        this.server = server;
        this.authority = authority;
        this.version = version;
    }

    @Override
    public JsonObject serverMetadata() throws IOException {
        return GrpcAnswers.serverMetadata(ask("ServerMetadata", new ProtobufWriter()));
    }

    @Override
    public JsonObject modelMetadata(String model) throws IOException {
        return GrpcAnswers.modelMetadata(ask("ModelMetadata", named(model).text(2, version)));
    }

    @Override
    public JsonObject configuration(String model) throws IOException {
        return GrpcAnswers.modelConfig(ask("ModelConfig", named(model)));
    }

    @Override
    public JsonObject statistics(String model) throws IOException {
        return GrpcAnswers.modelStatistics(ask("ModelStatistics", named(model)));
    }

    @Override
    public void registerSharedMemory(String region, String key, long byteSize) throws IOException {
        ask("SystemSharedMemoryRegister", named(region).text(2, key).number(4, byteSize));
    }

    @Override
    public void unregisterSharedMemory(String region) throws IOException {
        ask("SystemSharedMemoryUnregister", named(region));
    }

    private static ProtobufWriter named(String name) {
        return new ProtobufWriter().text(1, name);
    }

    /**
     * Sends a request as a load would and returns its first answer: a {@code ModelInferResponse}, or a
     * {@code ModelStreamInferResponse} of a stream.
     *
     * @param request with gRPC's five bytes in front
     */
    public ByteBuffer infer(GrpcTransport.Method method, ByteBuffer request) throws IOException {
        return ask(method, method.rpc(), request);
    }

    private ByteBuffer ask(String method, ProtobufWriter question) throws IOException {
        return ask(GrpcTransport.Method.UNARY, method, GrpcTransport.framed(question.toBytes()));
    }

    private ByteBuffer ask(GrpcTransport.Method method, String rpc, ByteBuffer question) throws IOException {
        try (Socket _ = server.connect(CONNECT_MILLIS)) {
            // says why it cannot be reached
        }
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Question transport = new Question(method, rpc, question, answer);
        try (LoadGenerator load = LoadGenerator.closedLoop(transport, 1, 1, ClientOptions.DEFAULT,
                RequestBudget.of(1))) {
            boolean over = load.awaitEnd(TIMEOUT_NANOS);
            Sample sample = load.take();
            if (!over) {
                throw new IOException("no answer within " + TIMEOUT_NANOS / 1_000_000_000L + " s");
            }
            String errors = String.join("; ", sample.errorTexts());
            if (sample.failures().broken() > 0) {
                throw new IOException(errors);
            }
            if (sample.errors() > 0) {
                throw new CallException(errors);
            }
            return ByteBuffer.wrap(answer.toByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    /** One call and what it is answered. */
    private final class Question implements Transport {
        private final GrpcTransport.Method method;
        private final String rpc;
        private final ByteBuffer request;
        private final ByteArrayOutputStream answer;

        Question(GrpcTransport.Method method, String rpc, ByteBuffer request, ByteArrayOutputStream answer) {
            this.method = method;
            this.rpc = rpc;
            this.request = request;
            this.answer = answer;
        }

        @Override
        public int requestCount() {
            return 1;
        }

        @Override
        public Senders on(LoadThread thread) {
            RequestHead head = new RequestHead(server.tls().isPresent(), authority, GrpcTransport.SERVICE + rpc);
            return () -> GrpcTransport.sender(method, thread, new Http2Connection(thread, server, head),
                    RequestList.of(List.of(request)).forClient(), message -> {
                        byte[] bytes = new byte[message.remaining()];
                        message.get(bytes);
                        answer.writeBytes(bytes);
                    }, MAX_ANSWER_BYTES);
        }
    }
}
