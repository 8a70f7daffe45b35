package io.nereid.server.contract;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.ParameterValue;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferResponse;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The v2 protocol over gRPC: ModelInfer with raw contents. */
final class GrpcContractClient extends ContractClient {
    private static final MethodDescriptor<ModelInferRequest, ModelInferResponse> INFER = MethodDescriptor
            .<ModelInferRequest, ModelInferResponse>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("inference.GRPCInferenceService/ModelInfer")
            .setRequestMarshaller(ProtoUtils.marshaller(ModelInferRequest.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(ModelInferResponse.getDefaultInstance())).build();

    private final ManagedChannel channel;

    GrpcContractClient(Path models) throws Exception {
        super(models);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort()).usePlaintext().build();
    }

    @Override
    Answer ask(Ask ask) {
        try {
            return answer(ClientCalls.blockingUnaryCall(channel, INFER, CallOptions.DEFAULT, request(ask)));
        } catch (StatusRuntimeException e) {
            return new Answer.Failure(e.getStatus().getCode().name(), String.valueOf(e.getStatus().getDescription()));
        }
    }

    private static ModelInferRequest request(Ask ask) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(ask.model())
                .setModelVersion(ask.version()).setId(ask.id());
        ask.parameters().forEach((name, value) -> request.putParameters(name, parameter(value)));
        for (Ask.In input : ask.inputs()) {
            ModelInferRequest.InferInputTensor.Builder tensor = ModelInferRequest.InferInputTensor.newBuilder()
                    .setName(input.name()).setDatatype(input.datatype());
            Arrays.stream(input.shape()).forEach(tensor::addShape);
            request.addInputs(tensor).addRawInputContents(ByteString.copyFrom(input.data()));
        }
        for (Ask.Out output : ask.outputs()) {
            ModelInferRequest.InferRequestedOutputTensor.Builder tensor = ModelInferRequest.InferRequestedOutputTensor
                    .newBuilder().setName(output.name());
            if (output.classification() > 0) {
                tensor.putParameters("classification",
                        InferParameter.newBuilder().setInt64Param(output.classification()).build());
            }
            request.addOutputs(tensor);
        }
        return request.build();
    }

    private static InferParameter parameter(ParameterValue value) {
        InferParameter.Builder parameter = InferParameter.newBuilder();
        switch (value) {
            case ParameterValue.Int(long number) -> parameter.setInt64Param(number);
            case ParameterValue.Flag(boolean flag) -> parameter.setBoolParam(flag);
            case ParameterValue.Text(String text) -> parameter.setStringParam(text);
            case ParameterValue.Real(double number) -> parameter.setDoubleParam(number);
        }
        return parameter.build();
    }

    private static Answer answer(ModelInferResponse response) {
        List<Answer.Out> outputs = new ArrayList<>();
        for (int i = 0; i < response.getOutputsCount(); i++) {
            ModelInferResponse.InferOutputTensor output = response.getOutputs(i);
            outputs.add(new Answer.Out(output.getName(), output.getDatatype(), output.getShapeList(),
                    HexFormat.of().formatHex(response.getRawOutputContents(i).toByteArray())));
        }
        return new Answer.Response(response.getModelName(), response.getModelVersion(), response.getId(), outputs);
    }

    @Override
    String spelled(ErrorCode code) {
        return switch (code) {
            case UNKNOWN -> "UNKNOWN";
            case INTERNAL -> "INTERNAL";
            case NOT_FOUND -> "NOT_FOUND";
            case INVALID_ARG -> "INVALID_ARGUMENT";
            case UNAVAILABLE -> "UNAVAILABLE";
            case UNSUPPORTED -> "UNIMPLEMENTED";
            case ALREADY_EXISTS -> "ALREADY_EXISTS";
            case CANCELLED -> "CANCELLED";
        };
    }

    @Override
    public void close() {
        channel.shutdownNow();
        super.close();
    }
}
