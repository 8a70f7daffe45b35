package io.nereid.server.grpc;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.grpc.proto.ModelRepositoryParameter;
import io.nereid.server.grpc.proto.RepositoryIndexRequest;
import io.nereid.server.grpc.proto.RepositoryIndexResponse;
import io.nereid.server.grpc.proto.RepositoryModelLoadResponse;
import io.nereid.server.grpc.proto.RepositoryModelUnloadRequest;
import io.nereid.server.grpc.proto.RepositoryModelUnloadResponse;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.model.control.UnloadRequest;
import io.nereid.server.model.control.VersionNumber;
import io.nereid.server.protocol.RequestLimits;

import java.util.OptionalLong;

/** The calls that list, load and unload models. Thread-safe; all of them block. */
record RepositoryCalls(ModelControl control, RequestLimits limits) {
    RepositoryIndexResponse index(RepositoryIndexRequest request) throws InferenceException {
        requireNoName(request.getRepositoryName());
        RepositoryIndexResponse.Builder response = RepositoryIndexResponse.newBuilder();
        for (RepositoryIndexEntry entry : control.index(request.getReady())) {
            RepositoryIndexResponse.ModelIndex.Builder model = response.addModelsBuilder().setName(entry.name())
                    .setReason(entry.reason());
            entry.version().ifPresent(version -> model.setVersion(Long.toString(version)));
            if (entry.state() != ModelState.UNKNOWN) {
                model.setState(entry.state().name());
            }
        }
        return response.build();
    }

    /** Loads a model. The message is this call's, and closed before the load begins, which takes its time. */
    RepositoryModelLoadResponse load(ReceivedMessage message) throws InferenceException {
        try (OverrideReceiver received = new OverrideReceiver(control)) {
            try (message) {
                message.check();
                received.read(message, limits);
            }
            control.load(received.model(), received.take());
            return RepositoryModelLoadResponse.getDefaultInstance();
        }
    }

    RepositoryModelUnloadResponse unload(RepositoryModelUnloadRequest request) throws InferenceException {
        requireNoName(request.getRepositoryName());
        new UnloadRequest(version(request), unloadDependents(request)).apply(control, request.getModelName());
        return RepositoryModelUnloadResponse.getDefaultInstance();
    }

    private static OptionalLong version(RepositoryModelUnloadRequest request) throws InferenceException {
        ModelRepositoryParameter version = request.getParametersMap().get("version");
        if (version == null) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(switch (version.getParameterChoiceCase()) {
            case STRING_PARAM -> VersionNumber.parse(version.getStringParam());
            case INT64_PARAM -> VersionNumber.parse(Long.toString(version.getInt64Param()));
            default -> throw new InferenceException(ErrorCode.INVALID_ARG,
                    "invalid value type for 'version' parameter, expected string_param or int64_param.");
        });
    }

    private static boolean unloadDependents(RepositoryModelUnloadRequest request) throws InferenceException {
        ModelRepositoryParameter dependents = request.getParametersMap().get("unload_dependents");
        if (dependents == null) {
            return false;
        }
        if (dependents.getParameterChoiceCase() != ModelRepositoryParameter.ParameterChoiceCase.BOOL_PARAM) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "invalid value type for 'unload_dependents' parameter, expected bool_param.");
        }
        return dependents.getBoolParam();
    }

    /** @throws InferenceException UNSUPPORTED if a repository is named */
    static void requireNoName(String repository) throws InferenceException {
        if (!repository.isEmpty()) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "'repository_name' specification is not supported");
        }
    }
}
