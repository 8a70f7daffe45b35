package gourmetgram.v2;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferResponse;
import io.nereid.server.grpc.proto.ModelMetadataRequest;
import io.nereid.server.grpc.proto.ModelMetadataResponse;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The v2 protocol over gRPC. */
public final class GrpcModelServerClient implements ModelServerClient {
    private static final String SERVICE = "inference.GRPCInferenceService";
    private static final MethodDescriptor<ModelMetadataRequest, ModelMetadataResponse> METADATA = method(
            "ModelMetadata", ModelMetadataRequest.getDefaultInstance(), ModelMetadataResponse.getDefaultInstance());
    private static final MethodDescriptor<ModelInferRequest, ModelInferResponse> INFER = method("ModelInfer",
            ModelInferRequest.getDefaultInstance(), ModelInferResponse.getDefaultInstance());

    private final ManagedChannel channel;
    private final ServerAddress address;

    /** A client of the server at that address; it does not encrypt. */
    public GrpcModelServerClient(ServerAddress address) {
        this.address = address;
        NettyChannelBuilder builder = address.isUriHost() ? NettyChannelBuilder.forTarget("dns:///" + address)
                : NettyChannelBuilder.forAddress(address.socketAddress());
        this.channel = builder.usePlaintext().build();
    }

    private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(String name, Q request,
            A answer) {
        return MethodDescriptor.<Q, A>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(answer)).build();
    }

    @Override
    public Signature signature(String model) throws InferenceException {
        ModelMetadataResponse metadata = call(METADATA, ModelMetadataRequest.newBuilder().setName(model).build());
        return new Signature(tensors(metadata.getInputsList()), tensors(metadata.getOutputsList()));
    }

    private static List<Signature.TensorInfo> tensors(List<ModelMetadataResponse.TensorMetadata> list) {
        return list.stream().map(one -> new Signature.TensorInfo(one.getName(), one.getDatatype(), one.getShapeList()))
                .toList();
    }

    @Override
    public List<WireTensor> infer(String model, WireTensor input, List<String> outputs) throws InferenceException {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model);
        request.addInputsBuilder().setName(input.name()).setDatatype(input.datatype()).addAllShape(input.shape());
        request.addRawInputContents(UnsafeByteOperations.unsafeWrap(input.data()));
        outputs.forEach(output -> request.addOutputsBuilder().setName(output));
        ModelInferResponse response = call(INFER, request.build());
        Map<String, WireTensor> found = new HashMap<>();
        for (int i = 0; i < Math.min(response.getOutputsCount(), response.getRawOutputContentsCount()); i++) {
            ModelInferResponse.InferOutputTensor output = response.getOutputs(i);
            ByteBuffer data = response.getRawOutputContents(i).asReadOnlyByteBuffer();
            found.put(output.getName(),
                    new WireTensor(output.getName(), output.getDatatype(), output.getShapeList(), data));
        }
        return InferMessage.select(found, outputs);
    }

    private <Q, A> A call(MethodDescriptor<Q, A> method, Q request) throws InferenceException {
        try {
            CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return ClientCalls.blockingUnaryCall(channel, method, options, request);
        } catch (StatusRuntimeException e) {
            throw new InferenceException(code(e.getStatus()), "model server " + address + ": " + text(e.getStatus()),
                    e);
        }
    }

    private static ErrorCode code(Status status) {
        return switch (status.getCode()) {
            case INVALID_ARGUMENT -> ErrorCode.INVALID_ARG;
            case NOT_FOUND -> ErrorCode.NOT_FOUND;
            case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED -> ErrorCode.UNAVAILABLE;
            case CANCELLED -> ErrorCode.CANCELLED;
            default -> ErrorCode.INTERNAL;
        };
    }

    private static String text(Status status) {
        Throwable cause = status.getCause();
        String description = status.getDescription();
        String text = description == null ? status.getCode().name() : description;
        return cause == null ? text : text + " (" + Reasons.of(cause) + ")";
    }

    @Override
    public String address() {
        return address.toString();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
