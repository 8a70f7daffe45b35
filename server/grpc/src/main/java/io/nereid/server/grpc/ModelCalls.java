package io.nereid.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import io.nereid.server.grpc.proto.ModelConfigRequest;
import io.nereid.server.grpc.proto.ModelConfigResponse;
import io.nereid.server.grpc.proto.ModelMetadataRequest;
import io.nereid.server.grpc.proto.ModelMetadataResponse;
import io.nereid.server.grpc.proto.ModelReadyRequest;
import io.nereid.server.grpc.proto.ModelReadyResponse;
import io.nereid.server.model.DescribedModel;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.util.List;

/** What can be asked about a model: whether it is ready, its inputs and outputs, its configuration. Thread-safe. */
record ModelCalls(ModelCatalog models) {
    /** What is not there is not ready either; only a version that is no number is an error. Blocks. */
    ModelReadyResponse ready(ModelReadyRequest request) throws InferenceException {
        return ModelReadyResponse.newBuilder().setReady(isReady(request.getName(), request.getVersion())).build();
    }

    private boolean isReady(String model, String version) throws InferenceException {
        try {
            models.awaitReady(model, version);
            return true;
        } catch (InferenceException e) {
            if (e.code() == ErrorCode.INVALID_ARG) {
                throw e;
            }
            return false;
        }
    }

    ModelMetadataResponse metadata(ModelMetadataRequest request) throws InferenceException {
        DescribedModel model = models.describe(request.getName(), request.getVersion());
        return metadata(model.signature(), model.versions());
    }

    private static ModelMetadataResponse metadata(ModelSignature model, List<Long> versions) {
        ModelMetadataResponse.Builder response = ModelMetadataResponse.newBuilder().setName(model.model())
                .setPlatform(model.platform());
        versions.forEach(version -> response.addVersions(Long.toString(version)));
        model.inputs().forEach(input -> response.addInputs(metadata(input)));
        model.outputs().forEach(output -> response.addOutputs(metadata(output)));
        return response.build();
    }

    private static ModelMetadataResponse.TensorMetadata metadata(TensorSpec tensor) {
        ModelMetadataResponse.TensorMetadata.Builder metadata = ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(tensor.name()).setDatatype(tensor.dataType().name());
        for (long dim : tensor.shape().toArray()) {
            metadata.addShape(dim);
        }
        return metadata.build();
    }

    ModelConfigResponse config(ModelConfigRequest request) throws InferenceException {
        DescribedModel model = models.describe(request.getName(), request.getVersion());
        try {
            byte[] wire = model.config().toWire();
            return ModelConfigResponse.newBuilder().setConfig(ModelConfigProto.ModelConfig.parseFrom(wire)).build();
        } catch (InvalidProtocolBufferException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "the configuration of model '" + request.getName()
                    + "' could not be converted: " + e.getMessage(), e);
        }
    }
}
