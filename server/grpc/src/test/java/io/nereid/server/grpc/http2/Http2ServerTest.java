package io.nereid.server.grpc.http2;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.NanoClock;
import io.nereid.server.transport.EventLoops;
import io.nereid.server.transport.ListenAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A server on a real socket and event loop, asked by gRPC's own client. */
@Timeout(60)
class Http2ServerTest {
    private static final MethodDescriptor<byte[], byte[]> STREAM = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setFullMethodName(Calls.STREAM).setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setRequestMarshaller(Calls.Bytes.WHOLE).setResponseMarshaller(Calls.Bytes.WHOLE).build();

    private final EventLoopGroup loops = EventLoops.of(1, "test");
    private final Calls calls = new Calls();
    private final Http2Server server = calls.server(new ServerBootstrap().group(loops).channelFactory(
            () -> ListenAddress.newListener(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
            Policies.DEFAULT, NanoClock.SYSTEM);
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        server.start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    /**
     * A response that another thread has handed to the event loop comes before the end that is said on the loop itself
     * while the response waits there.
     */
    @Test
    void responseOfAnotherThread_isNotOvertakenByWhatTheLoopSays() throws Exception {
        Iterator<byte[]> answers = ClientCalls.blockingServerStreamingCall(channel, STREAM,
                CallOptions.DEFAULT, new byte[]{1});
        Thread.startVirtualThread(() -> loops.next().execute(this::answerFromTwoThreads));
        assertThat(answers.next()).containsExactly(7);
        assertThat(answers.hasNext()).isFalse();
    }

    private void answerFromTwoThreads() {
        if (calls.received.isEmpty()) {
            loops.next().execute(this::answerFromTwoThreads);
            return;
        }
        ServerCall<byte[], InputStream> call = calls.begun.getFirst();
        call.sendHeaders(new Metadata());
        CountDownLatch sent = new CountDownLatch(1);
        Thread.startVirtualThread(() -> {
            call.sendMessage(new ByteArrayInputStream(new byte[]{7}));
            sent.countDown();
        });
        try {
            sent.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        call.close(Status.OK, new Metadata());
    }

    @Test
    void shutdown_withoutCalls_endsAllConnections() throws Exception {
        MethodDescriptor<byte[], byte[]> none = STREAM.toBuilder().setFullMethodName("test.Calls/None").build();
        Iterator<byte[]> answers = ClientCalls.blockingServerStreamingCall(channel, none, CallOptions.DEFAULT,
                new byte[0]);
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(answers::next)
                .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
        server.shutdown();
        assertThat(server.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(server.isTerminated()).isTrue();
    }
}
