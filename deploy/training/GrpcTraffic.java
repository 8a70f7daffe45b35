import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What clients of gRPC send: calls and streams, large and small, good and bad, finished and cancelled. */
final class GrpcTraffic implements AutoCloseable {
    private static final String SERVICE = "inference.GRPCInferenceService/";
    private static final int SMALL = 16;
    private static final int LARGE = 150_528;
    private static final int PATIENCE_SECONDS = 30;

    private final int port;
    private final ManagedChannel channel;

    GrpcTraffic(int port) {
        this.port = port;
        this.channel = open();
    }

    private ManagedChannel open() {
        return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor()
                .maxInboundMessageSize(Integer.MAX_VALUE).build();
    }

    List<Training.Kind> kinds() {
        return List.of(
                calls("small tensors over gRPC", 4, 8, tensor("identity", "INPUT0", SMALL)),
                calls("large tensors over gRPC", 3, 4, tensor("identity", "INPUT0", LARGE)),
                calls("batches over gRPC", 1, 8, tensor("batched", "INPUT0", SMALL)),
                calls("photographs over gRPC", 2, 4, photograph()),
                new Training.Kind("small tensors on streams", 3, 4, () -> new Stream(tensor("identity", "INPUT0", SMALL))),
                new Training.Kind("large tensors on streams", 2, 4, () -> new Stream(tensor("identity", "INPUT0", LARGE))),
                new Training.Kind("many answers on streams", 1, 2, () -> () -> many(false)),
                new Training.Kind("streams cancelled", 1, 2, () -> () -> many(true)),
                new Training.Kind("calls cancelled", 1, 4, () -> this::cancelSome),
                new Training.Kind("errors over gRPC", 2, 4, () -> this::errors),
                new Training.Kind("questions over gRPC", 1, 2, () -> this::questions),
                new Training.Kind("closed connections of gRPC", 2, 4, () -> this::reconnect));
    }

    private Training.Kind calls(String name, int share, int clients, ModelInferRequest request) {
        byte[] message = request.toByteArray();
        return new Training.Kind(name, share, clients, () -> () -> call(channel, "ModelInfer", message));
    }

    private static byte[] call(ManagedChannel channel, String method, byte[] message) {
        return ClientCalls.blockingUnaryCall(channel, method(method, MethodType.UNARY), CallOptions.DEFAULT, message);
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder().setType(type)
                .setFullMethodName(name.indexOf('/') < 0 ? SERVICE + name : name)
                .setRequestMarshaller(Bytes.INSTANCE).setResponseMarshaller(Bytes.INSTANCE).build();
    }

    private void many(boolean leave) throws InterruptedException {
        Stream stream = new Stream(repeat());
        stream.call.sendMessage(stream.request);
        for (int i = 0; i < (leave ? 1 : 20); i++) {
            stream.next();
        }
        if (leave) {
            stream.call.cancel("cancelled", null);
        } else {
            stream.close();
        }
    }

    private void cancelSome() throws InterruptedException {
        for (int bytes : new int[]{SMALL, LARGE}) {
            ClientCall<byte[], byte[]> call = channel.newCall(method("ModelInfer", MethodType.UNARY),
                    CallOptions.DEFAULT);
            call.start(new ClientCall.Listener<>() {}, new Metadata());
            call.request(2);
            call.sendMessage(tensor("slow", "INPUT0", bytes).toByteArray());
            call.halfClose();
            TimeUnit.MILLISECONDS.sleep(1);
            call.cancel("cancelled", null);
        }
        refused("ModelInfer", tensor("slow", "INPUT0", SMALL),
                CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.MILLISECONDS));
    }

    private void errors() {
        refused("ModelInfer", tensor("identity", "NOPE", SMALL), CallOptions.DEFAULT);
        refused("ModelNothing", tensor("identity", "INPUT0", SMALL), CallOptions.DEFAULT);
        ModelInferRequest tooShort = tensor("identity", "INPUT0", SMALL).toBuilder()
                .setRawInputContents(0, ByteString.copyFrom(new byte[4])).build();
        refused("ModelInfer", tooShort, CallOptions.DEFAULT);
    }

    private void refused(String method, MessageLite request, CallOptions options) {
        try {
            ClientCalls.blockingUnaryCall(channel, method(method, MethodType.UNARY), options, request.toByteArray());
        } catch (StatusRuntimeException _) {
            return;
        }
        throw new IllegalStateException(method + " was not refused");
    }

    private void questions() {
        byte[] identity = ModelInferRequest.newBuilder().setModelName("identity").build().toByteArray();
        for (String method : List.of("ServerLive", "ServerReady", "ServerMetadata", "RepositoryIndex",
                "grpc.health.v1.Health/Check")) {
            call(channel, method, new byte[0]);
        }
        // The name of the model is the first field of all of these messages.
        for (String method : List.of("ModelReady", "ModelMetadata", "ModelConfig", "ModelStatistics")) {
            call(channel, method, identity);
        }
    }

    private void reconnect() throws InterruptedException {
        ManagedChannel own = open();
        call(own, "ModelInfer", tensor("identity", "INPUT0", SMALL).toByteArray());
        own.shutdownNow();
        own.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static ModelInferRequest tensor(String model, String input, int elements) {
        return ModelInferRequest.newBuilder().setModelName(model).setId("7")
                .addInputs(InferInputTensor.newBuilder().setName(input).setDatatype("FP32").addShape(1)
                        .addShape(elements))
                .addRawInputContents(ByteString.copyFrom(new byte[elements * Float.BYTES])).build();
    }

    private static ModelInferRequest photograph() {
        return ModelInferRequest.newBuilder().setModelName("food_classifier_onnx")
                .addInputs(InferInputTensor.newBuilder().setName("input").setDatatype("FP32").addShape(1).addShape(3)
                        .addShape(224).addShape(224))
                .addRawInputContents(ByteString.copyFrom(new byte[LARGE * Float.BYTES])).build();
    }

    /** Asks for 20 answers. */
    private static ModelInferRequest repeat() {
        return ModelInferRequest.newBuilder().setModelName("repeat")
                .putParameters("triton_enable_empty_final_response",
                        InferParameter.newBuilder().setBoolParam(true).build())
                .addInputs(InferInputTensor.newBuilder().setName("IN").setDatatype("INT32").addShape(20))
                .addInputs(InferInputTensor.newBuilder().setName("DELAY").setDatatype("UINT32").addShape(20))
                .addInputs(InferInputTensor.newBuilder().setName("WAIT").setDatatype("UINT32").addShape(1))
                .addRawInputContents(words(20)).addRawInputContents(words(20)).addRawInputContents(words(1)).build();
    }

    private static ByteString words(int count) {
        return ByteString.copyFrom(ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    /** One stream; a request is sent when the last was answered. */
    private final class Stream extends ClientCall.Listener<byte[]> implements Training.Client {
        private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
        private final ClientCall<byte[], byte[]> call = channel.newCall(
                method("ModelStreamInfer", MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
        private final byte[] request;

        Stream(ModelInferRequest request) {
            this.request = request.toByteArray();
            call.start(this, new Metadata());
            call.request(Integer.MAX_VALUE);
        }

        @Override
        public void onMessage(byte[] answer) {
            answers.add(answer);
        }

        void next() throws InterruptedException {
            if (answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS) == null) {
                throw new IllegalStateException("no answer on a stream");
            }
        }

        @Override
        public void turn() throws InterruptedException {
            call.sendMessage(request);
            next();
        }

        @Override
        public void close() {
            call.halfClose();
        }
    }

    /** Messages as bytes. */
    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream message) {
            try {
                return message.readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
