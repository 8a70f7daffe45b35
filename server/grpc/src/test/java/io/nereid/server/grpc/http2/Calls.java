package io.nereid.server.grpc.http2;

import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.nereid.inference.NanoClock;
import io.netty.bootstrap.ServerBootstrap;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** A service with a call of one response and one of many, whose calls are kept for the test to answer. */
final class Calls implements ServerCallHandler<byte[], InputStream> {
    static final String UNARY = "test.Calls/Unary";
    static final String STREAM = "test.Calls/Stream";
    static final int MOST_BYTES = 1 << 20;

    final List<ServerCall<byte[], InputStream>> begun = new ArrayList<>();
    final List<byte[]> received = new ArrayList<>();
    final List<String> events = new ArrayList<>();

    /** Messages that are sent as the test gives them. */
    private enum Responses implements MethodDescriptor.Marshaller<InputStream> {
        AS_THEY_ARE;

        @Override
        public InputStream stream(InputStream value) {
            return value;
        }

        @Override
        public InputStream parse(InputStream stream) {
            throw new UnsupportedOperationException("a server receives no responses");
        }
    }

    /** Messages as bytes. */
    enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        WHOLE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static MethodDescriptor<byte[], InputStream> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], InputStream>newBuilder().setFullMethodName(name).setType(type)
                .setRequestMarshaller(Bytes.WHOLE).setResponseMarshaller(Responses.AS_THEY_ARE).build();
    }

    /** A server of these calls on that bootstrap, which does not listen yet. */
    Http2Server server(ServerBootstrap bootstrap, ConnectionPolicy policy, NanoClock clock) {
        ServerServiceDefinition service = ServerServiceDefinition.builder("test.Calls")
                .addMethod(method(UNARY, MethodDescriptor.MethodType.UNARY), this)
                .addMethod(method(STREAM, MethodDescriptor.MethodType.BIDI_STREAMING), this).build();
        CallServices services = new CallServices(List.of(service), new ServerTransportFilter() {
        }, new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new ServerStreamTracer() {
                };
            }
        }, new ServerCallExecutorSupplier() {
            @Override
            public <Q, A> @Nullable Executor getExecutor(ServerCall<Q, A> call, Metadata metadata) {
                return null;
            }
        }, DecompressorRegistry.getDefaultInstance(), CompressorRegistry.getDefaultInstance(), MOST_BYTES);
        return new Http2Server(bootstrap, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, services,
                policy, clock);
    }

    @Override
    public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], InputStream> call, Metadata headers) {
        begun.add(call);
        call.request(1);
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
                received.add(message);
            }

            @Override
            public void onHalfClose() {
                events.add("half-closed");
            }

            @Override
            public void onCancel() {
                events.add("cancelled");
            }

            @Override
            public void onComplete() {
                events.add("complete");
            }
        };
    }
}
