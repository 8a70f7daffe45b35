package io.nereid.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.Await;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferResponse;
import io.nereid.server.grpc.proto.ModelStatistics;
import io.nereid.server.grpc.proto.ModelStatisticsRequest;
import io.nereid.server.grpc.proto.ModelStatisticsResponse;
import io.nereid.server.grpc.proto.ModelStreamInferResponse;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;

import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;

/** A whole server over a repository that is asked by gRPC; when it is closed, nothing may be left of any request. */
final class GrpcServer implements AutoCloseable {
    static final MethodDescriptor<ModelInferRequest, ModelInferResponse> INFER = method("ModelInfer", MethodType.UNARY,
            ModelInferRequest.getDefaultInstance(), ModelInferResponse.getDefaultInstance());
    static final MethodDescriptor<ModelInferRequest, ModelStreamInferResponse> STREAM = method("ModelStreamInfer",
            MethodType.BIDI_STREAMING, ModelInferRequest.getDefaultInstance(),
            ModelStreamInferResponse.getDefaultInstance());
    static final MethodDescriptor<ModelStatisticsRequest, ModelStatisticsResponse> STATISTICS = method(
            "ModelStatistics", MethodType.UNARY, ModelStatisticsRequest.getDefaultInstance(),
            ModelStatisticsResponse.getDefaultInstance());

    final ModelServer server;
    final ManagedChannel channel;

    GrpcServer(TestRepository repository) throws Exception {
        this(repository, LedgerLimits.DEFAULT, grpc -> grpc);
    }

    GrpcServer(TestRepository repository, LedgerLimits limits, UnaryOperator<GrpcConfig> config) throws Exception {
        this(ServerConfig.of(repository.root()).withAdmission(limits), config);
    }

    /** A server of that configuration, which speaks gRPC only, on a port of its own. */
    GrpcServer(ServerConfig server, UnaryOperator<GrpcConfig> config) throws Exception {
        this.server = ModelServer.start(server.withHttp(server.http().withEnabled(false))
                .withGrpc(config.apply(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(0))));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", this.server.grpcPort()).usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE).build();
    }

    static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(String name, MethodType type, Q request,
            A response) {
        return MethodDescriptor.<Q, A>newBuilder().setType(type)
                .setFullMethodName("inference.GRPCInferenceService/" + name)
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(response)).build();
    }

    /** A request with one input of UINT8, whose single row is {@code data}. */
    static ModelInferRequest request(String model, String id, byte... data) {
        return ModelInferRequest.newBuilder().setModelName(model).setId(id)
                .addInputs(
                        ModelInferRequest.InferInputTensor.newBuilder().setName("IN").setDatatype("UINT8").addShape(1)
                                .addShape(data.length))
                .addRawInputContents(ByteString.copyFrom(data)).build();
    }

    ModelInferResponse infer(ModelInferRequest request) {
        return infer(request, CallOptions.DEFAULT);
    }

    ModelInferResponse infer(ModelInferRequest request, CallOptions options) {
        return ClientCalls.blockingUnaryCall(channel, INFER, options, request);
    }

    ClientCall<ModelInferRequest, ModelStreamInferResponse> newStream() {
        return channel.newCall(STREAM, CallOptions.DEFAULT);
    }

    ModelStatistics statistics(String model) {
        return ClientCalls.blockingUnaryCall(channel, STATISTICS, CallOptions.DEFAULT,
                ModelStatisticsRequest.newBuilder().setName(model).build()).getModelStats(0);
    }

    void awaitNothingInFlight() {
        Await.until(() -> server.admission().requests() == 0 && server.memory().bytesInUse() == 0);
        assertThat(server.admission().bytes()).isZero();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        Await.until(channel::isTerminated);
        server.close();
        assertThat(server.admission().requests()).as("requests in flight after the end").isZero();
        assertThat(server.admission().bytes()).as("bytes in flight after the end").isZero();
        assertThat(server.memory().bytesInUse()).as("tensor memory held after the end").isZero();
    }
}
