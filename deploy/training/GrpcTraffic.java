import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What clients of gRPC send: calls and streams, large and small, good and bad, finished and cancelled. */
final class GrpcTraffic implements AutoCloseable {
    private static final int SMALL = 16;
    private static final int LARGE = 150_528;

    private final int port;
    private final GrpcConnection connection;

    GrpcTraffic(int port) {
        this.port = port;
        this.connection = new GrpcConnection(port);
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
        return new Training.Kind(name, share, clients, () -> () -> connection.ask("ModelInfer", message));
    }

    private void many(boolean leave) throws InterruptedException {
        GrpcCall call = connection.open("ModelStreamInfer", "");
        call.send(repeat().toByteArray(), false);
        for (int i = 0; i < (leave ? 1 : 20); i++) {
            call.next();
        }
        if (leave) {
            call.cancel();
        } else {
            call.finish();
        }
    }

    private void cancelSome() throws InterruptedException {
        for (int elements : new int[]{SMALL, LARGE}) {
            GrpcCall call = connection.open("ModelInfer", "");
            call.send(tensor("slow", "INPUT0", elements).toByteArray(), true);
            TimeUnit.MILLISECONDS.sleep(1);
            call.cancel();
        }
        GrpcCall late = connection.open("ModelInfer", "2m");
        late.send(tensor("slow", "INPUT0", SMALL).toByteArray(), true);
        late.end(); // mostly DEADLINE_EXCEEDED
    }

    private void errors() throws InterruptedException {
        refused("ModelInfer", tensor("identity", "NOPE", SMALL));
        refused("ModelNothing", tensor("identity", "INPUT0", SMALL));
        ModelInferRequest tooShort = tensor("identity", "INPUT0", SMALL).toBuilder()
                .setRawInputContents(0, ByteString.copyFrom(new byte[4])).build();
        refused("ModelInfer", tooShort);
    }

    private void refused(String method, MessageLite request) throws InterruptedException {
        GrpcCall call = connection.open(method, "");
        call.send(request.toByteArray(), true);
        call.expect(false);
    }

    private void questions() throws InterruptedException {
        byte[] identity = ModelInferRequest.newBuilder().setModelName("identity").build().toByteArray();
        for (String method : List.of("ServerLive", "ServerReady", "ServerMetadata", "RepositoryIndex",
                "grpc.health.v1.Health/Check")) {
            connection.ask(method, new byte[0]);
        }
        // The name of the model is the first field of all of these messages.
        for (String method : List.of("ModelReady", "ModelMetadata", "ModelConfig", "ModelStatistics")) {
            connection.ask(method, identity);
        }
    }

    private void reconnect() throws InterruptedException {
        try (GrpcConnection own = new GrpcConnection(port)) {
            own.ask("ModelInfer", tensor("identity", "INPUT0", SMALL).toByteArray());
        }
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
        connection.close();
        GrpcConnection.shutdown();
    }

    /** One stream; a request is sent when the last was answered. */
    private final class Stream implements Training.Client {
        private final GrpcCall call;
        private final byte[] request;

        Stream(ModelInferRequest request) throws InterruptedException {
            this.request = request.toByteArray();
            this.call = connection.open("ModelStreamInfer", "");
        }

        @Override
        public void turn() throws InterruptedException {
            call.send(request, false);
            call.next();
        }

        @Override
        public void close() {
            call.finish();
        }
    }
}
