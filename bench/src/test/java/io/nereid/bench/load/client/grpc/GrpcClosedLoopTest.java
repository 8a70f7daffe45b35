package io.nereid.bench.load.client.grpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Pace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The loop against a server that repeats each message behind a byte that says there is no error. */
class GrpcClosedLoopTest {
    private static final byte NO_ERROR = 2 << 3 | 2;

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile byte firstByte = NO_ERROR;
    private volatile Status end = Status.OK;
    private Server server;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerServiceDefinition.builder("inference.GRPCInferenceService")
                        .addMethod(method("ModelInfer", MethodType.UNARY), handler())
                        .addMethod(method("ModelStreamInfer", MethodType.BIDI_STREAMING), handler()).build())
                .addTransportFilter(new ServerTransportFilter() {
                    @Override
                    public Attributes transportReady(Attributes attributes) {
                        connections.incrementAndGet();
                        return attributes;
                    }
                }).build().start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.shutdownNow().awaitTermination();
    }

    @ParameterizedTest
    @EnumSource(InferMethod.class)
    void askOnce_goodAnswer_returnsAllOfIt(InferMethod method) throws IOException, InterruptedException {
        try (GrpcClosedLoop loop = loop(method, 1)) {
            assertThat(loop.askOnce(3)).startsWith(NO_ERROR).endsWith('c', 'l', 'i', 'e', 'n', 't', ' ', '3');
        }
        assertThat(requests).containsExactly("client 3");
    }

    @ParameterizedTest
    @EnumSource(InferMethod.class)
    void run_goodAnswers_countsThemForEachClient(InferMethod method) throws IOException, InterruptedException {
        try (GrpcClosedLoop loop = loop(method, 2)) {
            ClosedLoopReport report = loop.run(3, 1);

            assertThat(report.clients()).hasSize(3).allSatisfy(client -> {
                assertThat(client.latencies().count()).isPositive();
                assertThat(client.errors()).isZero();
            });
            // Of each client one answer at most came when the time was over.
            assertThat(requests.size() - report.latencies().count()).isBetween(0, 3);
        }
        assertThat(requests).contains("client 0", "client 1", "client 2").doesNotContain("client 3");
        assertThat(connections).hasValue(2);
        assertThat(calls).hasValue(method == InferMethod.STREAM ? 3 : requests.size());
    }

    @ParameterizedTest
    @EnumSource(InferMethod.class)
    void run_callEndsWithAnError_saysWhich(InferMethod method) throws InterruptedException {
        end = Status.UNAVAILABLE.withDescription("the queue is full");
        try (GrpcClosedLoop loop = loop(method, 1)) {
            assertThatThrownBy(() -> loop.run(2, 60)).isInstanceOf(IOException.class)
                    .hasMessageContaining("UNAVAILABLE: the queue is full");
        }
    }

    @Test
    void run_errorOnTheStream_ends() throws InterruptedException {
        firstByte = 1 << 3 | 2;
        try (GrpcClosedLoop loop = loop(InferMethod.STREAM, 1)) {
            assertThatThrownBy(() -> loop.run(2, 60)).isInstanceOf(IOException.class)
                    .hasMessageContaining("an error on the stream");
        }
    }

    @ParameterizedTest
    @EnumSource(InferMethod.class)
    void run_pace_isKept(InferMethod method) throws IOException, InterruptedException {
        try (GrpcClosedLoop loop = new GrpcClosedLoop(server.getPort(), method, 1,
                client -> new byte[]{1}, Pace.of(1, 10))) {
            ClosedLoopReport report = loop.run(1, 1);

            assertThat(report.latencies().count()).isBetween(1, 10);
        }
    }

    private GrpcClosedLoop loop(InferMethod method, int connections) {
        return new GrpcClosedLoop(server.getPort(), method, connections,
                client -> ("client " + client).getBytes(StandardCharsets.US_ASCII));
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder().setType(type)
                .setFullMethodName("inference.GRPCInferenceService/" + name)
                .setRequestMarshaller(RawMessages.WHOLE).setResponseMarshaller(RawMessages.WHOLE).build();
    }

    private ServerCallHandler<byte[], byte[]> handler() {
        return (call, headers) -> {
            calls.incrementAndGet();
            call.request(Integer.MAX_VALUE);
            return new Repeating(call);
        };
    }

    private final class Repeating extends ServerCall.Listener<byte[]> {
        private final ServerCall<byte[], byte[]> call;
        private boolean begun;
        private boolean ended;

        Repeating(ServerCall<byte[], byte[]> call) {
            this.call = call;
        }

        @Override
        public void onMessage(byte[] message) {
            requests.add(new String(message, StandardCharsets.US_ASCII));
            if (!end.isOk()) {
                close(end);
                return;
            }
            byte[] answer = new byte[message.length + 1];
            answer[0] = firstByte;
            System.arraycopy(message, 0, answer, 1, message.length);
            if (!begun) {
                call.sendHeaders(new Metadata());
                begun = true;
            }
            call.sendMessage(answer);
        }

        @Override
        public void onHalfClose() {
            close(Status.OK);
        }

        private void close(Status status) {
            if (!ended) {
                ended = true;
                call.close(status, new Metadata());
            }
        }
    }
}
