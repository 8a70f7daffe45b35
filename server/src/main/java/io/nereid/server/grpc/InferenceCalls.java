package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.nereid.server.grpc.codec.EncodedMessage;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Begins calls of inference, and knows the streams that are open. Thread-safe. */
final class InferenceCalls {
    private final CallContext context;
    private final Set<InferStream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    InferenceCalls(CallContext context) {
        this.context = context;
    }

    /** What its calls need. */
    CallContext context() {
        return context;
    }

    /** ModelInfer. */
    ServerCall.Listener<ReceivedMessage> infer(ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata) {
        return draining ? refuse(call) : new InferCall(context, call, metadata);
    }

    /** ModelStreamInfer. */
    ServerCall.Listener<ReceivedMessage> stream(ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata) {
        if (draining) {
            return refuse(call);
        }
        InferStream stream = new InferStream(context, call, metadata, streams::remove);
        streams.add(stream);
        stream.start();
        if (draining) {
            stream.drain(); // it may have been added too late to be told
        }
        return stream;
    }

    private static ServerCall.Listener<ReceivedMessage> refuse(ServerCall<ReceivedMessage, EncodedMessage> call) {
        call.close(GrpcStatus.of(GrpcStatus.stopping()), new Metadata());
        return new ServerCall.Listener<>() {
        };
    }

    /** Begins no more calls, and ends streams as soon as nothing is under way on them. */
    void drain() {
        draining = true;
        streams.forEach(InferStream::drain);
    }
}
