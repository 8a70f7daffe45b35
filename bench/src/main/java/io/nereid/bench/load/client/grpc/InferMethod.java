package io.nereid.bench.load.client.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;

/** The two ways to infer over gRPC. */
public enum InferMethod {
    /** A call for each request. */
    UNARY("ModelInfer", MethodType.UNARY) {
        @Override
        void start(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request, Answers answers) {
            new UnaryClient(channel, method, request, answers).send();
        }
    },
    /** One stream with all the requests of a client, each sent when the last was answered. */
    STREAM("ModelStreamInfer", MethodType.BIDI_STREAMING) {
        @Override
        void start(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request, Answers answers) {
            new StreamClient(channel.newCall(method, CallOptions.DEFAULT), request, answers).start();
        }
    };

    private final String rpc;
    private final MethodType type;

    InferMethod(String rpc, MethodType type) {
        this.rpc = rpc;
        this.type = type;
    }

    /** Starts a client, which sends the request for the first time. */
    void start(Channel channel, RawMessages messages, byte[] request, Answers answers) {
        start(channel, MethodDescriptor.<byte[], byte[]>newBuilder().setType(type)
                .setFullMethodName("inference.GRPCInferenceService/" + rpc)
                .setRequestMarshaller(messages).setResponseMarshaller(messages).build(), request, answers);
    }

    abstract void start(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request, Answers answers);
}
