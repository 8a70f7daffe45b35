package io.nereid.server.grpc;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.proto.CudaSharedMemoryRegisterRequest;
import io.nereid.server.grpc.proto.CudaSharedMemoryRegisterResponse;
import io.nereid.server.grpc.proto.CudaSharedMemoryStatusRequest;
import io.nereid.server.grpc.proto.CudaSharedMemoryStatusResponse;
import io.nereid.server.grpc.proto.CudaSharedMemoryUnregisterRequest;
import io.nereid.server.grpc.proto.CudaSharedMemoryUnregisterResponse;
import io.nereid.server.grpc.proto.LogSettingsRequest;
import io.nereid.server.grpc.proto.LogSettingsResponse;
import io.nereid.server.grpc.proto.ModelConfigRequest;
import io.nereid.server.grpc.proto.ModelConfigResponse;
import io.nereid.server.grpc.proto.ModelMetadataRequest;
import io.nereid.server.grpc.proto.ModelMetadataResponse;
import io.nereid.server.grpc.proto.ModelReadyRequest;
import io.nereid.server.grpc.proto.ModelReadyResponse;
import io.nereid.server.grpc.proto.ModelStatisticsRequest;
import io.nereid.server.grpc.proto.ModelStatisticsResponse;
import io.nereid.server.grpc.proto.RepositoryIndexRequest;
import io.nereid.server.grpc.proto.RepositoryIndexResponse;
import io.nereid.server.grpc.proto.RepositoryModelLoadResponse;
import io.nereid.server.grpc.proto.RepositoryModelUnloadRequest;
import io.nereid.server.grpc.proto.RepositoryModelUnloadResponse;
import io.nereid.server.grpc.proto.ServerLiveRequest;
import io.nereid.server.grpc.proto.ServerLiveResponse;
import io.nereid.server.grpc.proto.ServerMetadataRequest;
import io.nereid.server.grpc.proto.ServerMetadataResponse;
import io.nereid.server.grpc.proto.ServerReadyRequest;
import io.nereid.server.grpc.proto.ServerReadyResponse;
import io.nereid.server.grpc.proto.SystemSharedMemoryRegisterRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryRegisterResponse;
import io.nereid.server.grpc.proto.SystemSharedMemoryStatusRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryStatusResponse;
import io.nereid.server.grpc.proto.SystemSharedMemoryUnregisterRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryUnregisterResponse;
import io.nereid.server.grpc.proto.TraceSettingRequest;
import io.nereid.server.grpc.proto.TraceSettingResponse;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.service.Services;

/** {@code inference.GRPCInferenceService}: every call of it, and what answers it. */
final class GrpcService implements BindableService {
    private static final String NAME = "inference.GRPCInferenceService";

    private final OpenCalls inference;
    private final CallContext context;
    private final ModelControl control;
    private final ServerMetadata metadata;
    private final Restrictions restrictions;
    private final SettingsCalls settings;

    GrpcService(OpenCalls inference, Services services, Restrictions restrictions) {
        this.inference = inference;
        this.settings = new SettingsCalls(services.tracing(), services.logging());
        this.context = inference.context();
        this.control = services.control();
        this.metadata = services.metadata();
        this.restrictions = restrictions;
    }

    @Override
    public ServerServiceDefinition bindService() {
        MethodTable methods = new MethodTable(NAME, io.nereid.server.grpc.proto.GrpcService.getDescriptor(),
                restrictions, context.limits());
        addHealth(methods);
        addModels(methods);
        addInference(methods);
        addSharedMemory(methods);
        addRepository(methods);
        addSettings(methods);
        return methods.build();
    }

    private void addHealth(MethodTable methods) {
        methods.unary(ApiCategory.HEALTH, "ServerLive", ServerLiveRequest.getDefaultInstance(),
                ServerLiveResponse.getDefaultInstance(), _ -> {
                    expectNotExiting();
                    return ServerLiveResponse.newBuilder().setLive(models().isLive()).build();
                });
        methods.unary(ApiCategory.HEALTH, "ServerReady", ServerReadyRequest.getDefaultInstance(),
                ServerReadyResponse.getDefaultInstance(), _ -> {
                    expectNotExiting();
                    return ServerReadyResponse.newBuilder().setReady(models().isReady()).build();
                });
        methods.unary(ApiCategory.METADATA, "ServerMetadata", ServerMetadataRequest.getDefaultInstance(),
                ServerMetadataResponse.getDefaultInstance(), _ -> ServerMetadataResponse.newBuilder()
                        .setName(metadata.name()).setVersion(metadata.version())
                        .addAllExtensions(metadata.extensions()).build());
    }

    private void expectNotExiting() throws InferenceException {
        if (models().isStopping()) {
            throw GrpcStatus.exiting();
        }
    }

    private ModelCatalog models() {
        return context.service().models();
    }

    private void addModels(MethodTable methods) {
        ModelCalls calls = new ModelCalls(models());
        methods.slow(ApiCategory.HEALTH, "ModelReady", ModelReadyRequest.getDefaultInstance(),
                ModelReadyResponse.getDefaultInstance(), calls::ready);
        methods.slow(ApiCategory.METADATA, "ModelMetadata", ModelMetadataRequest.getDefaultInstance(),
                ModelMetadataResponse.getDefaultInstance(), calls::metadata);
        methods.slow(ApiCategory.MODEL_CONFIG, "ModelConfig", ModelConfigRequest.getDefaultInstance(),
                ModelConfigResponse.getDefaultInstance(), calls::config);
        methods.slow(ApiCategory.STATISTICS, "ModelStatistics", ModelStatisticsRequest.getDefaultInstance(),
                ModelStatisticsResponse.getDefaultInstance(), new StatisticsCall(models())::answer);
    }

    private void addInference(MethodTable methods) {
        methods.add(ApiCategory.INFERENCE, inferenceMethod("ModelInfer", MethodType.UNARY), inference::infer);
        methods.add(ApiCategory.INFERENCE, inferenceMethod("ModelStreamInfer", MethodType.BIDI_STREAMING),
                inference::stream);
    }

    private MethodDescriptor<ReceivedMessage, EncodedMessage> inferenceMethod(String name, MethodType type) {
        return MethodDescriptor.<ReceivedMessage, EncodedMessage>newBuilder().setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
                .setRequestMarshaller(requests())
                .setResponseMarshaller(Marshallers.responses()).build();
    }

    private Marshaller<ReceivedMessage> requests() {
        return Marshallers.requests(context.memory(), context.maxInputBytes());
    }

    private void addSharedMemory(MethodTable methods) {
        SharedMemoryCalls calls = new SharedMemoryCalls(context.regions());
        ApiCategory category = ApiCategory.SHARED_MEMORY;
        methods.unary(category, "SystemSharedMemoryStatus", SystemSharedMemoryStatusRequest.getDefaultInstance(),
                SystemSharedMemoryStatusResponse.getDefaultInstance(), calls::system);
        methods.unary(category, "SystemSharedMemoryRegister", SystemSharedMemoryRegisterRequest.getDefaultInstance(),
                SystemSharedMemoryRegisterResponse.getDefaultInstance(), calls::registerSystem);
        methods.unary(category, "SystemSharedMemoryUnregister",
                SystemSharedMemoryUnregisterRequest.getDefaultInstance(),
                SystemSharedMemoryUnregisterResponse.getDefaultInstance(), calls::unregisterSystem);
        methods.unary(category, "CudaSharedMemoryStatus", CudaSharedMemoryStatusRequest.getDefaultInstance(),
                CudaSharedMemoryStatusResponse.getDefaultInstance(), calls::cuda);
        methods.slow(category, "CudaSharedMemoryRegister", CudaSharedMemoryRegisterRequest.getDefaultInstance(),
                CudaSharedMemoryRegisterResponse.getDefaultInstance(), calls::registerCuda);
        methods.slow(category, "CudaSharedMemoryUnregister", CudaSharedMemoryUnregisterRequest.getDefaultInstance(),
                CudaSharedMemoryUnregisterResponse.getDefaultInstance(), calls::unregisterCuda);
    }

    private void addRepository(MethodTable methods) {
        RepositoryCalls calls = new RepositoryCalls(control, context.limits());
        ApiCategory category = ApiCategory.MODEL_REPOSITORY;
        methods.slow(category, "RepositoryIndex", RepositoryIndexRequest.getDefaultInstance(),
                RepositoryIndexResponse.getDefaultInstance(), calls::index);
        methods.large(category, "RepositoryModelLoad", requests(),
                RepositoryModelLoadResponse.getDefaultInstance(), calls::load);
        methods.slow(category, "RepositoryModelUnload", RepositoryModelUnloadRequest.getDefaultInstance(),
                RepositoryModelUnloadResponse.getDefaultInstance(), calls::unload);
    }

    private void addSettings(MethodTable methods) {
        methods.unary(ApiCategory.TRACE, "TraceSetting", TraceSettingRequest.getDefaultInstance(),
                TraceSettingResponse.getDefaultInstance(), settings::trace);
        methods.unary(ApiCategory.LOGGING, "LogSettings", LogSettingsRequest.getDefaultInstance(),
                LogSettingsResponse.getDefaultInstance(), settings::log);
    }
}
