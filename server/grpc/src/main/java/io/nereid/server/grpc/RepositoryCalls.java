package io.nereid.server.grpc;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.grpc.proto.ModelRepositoryParameter;
import io.nereid.server.grpc.proto.ModelRepositoryParameter.ParameterChoiceCase;
import io.nereid.server.grpc.proto.RepositoryIndexRequest;
import io.nereid.server.grpc.proto.RepositoryIndexResponse;
import io.nereid.server.grpc.proto.RepositoryModelLoadRequest;
import io.nereid.server.grpc.proto.RepositoryModelLoadResponse;
import io.nereid.server.grpc.proto.RepositoryModelUnloadRequest;
import io.nereid.server.grpc.proto.RepositoryModelUnloadResponse;
import io.nereid.server.model.LoadErrors;
import io.nereid.server.model.LoadOverride;
import io.nereid.server.model.ModelControl;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;

/** The calls that list, load and unload models. Thread-safe; all of them block. */
record RepositoryCalls(ModelControl control) {
    private static final String FILE = "file:";

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

    RepositoryModelLoadResponse load(RepositoryModelLoadRequest request) throws InferenceException {
        requireNoName(request.getRepositoryName());
        control.checkLoadable(request.getModelName());
        control.load(request.getModelName(), override(request.getModelName(), request.getParametersMap()));
        return RepositoryModelLoadResponse.getDefaultInstance();
    }

    RepositoryModelUnloadResponse unload(RepositoryModelUnloadRequest request) throws InferenceException {
        requireNoName(request.getRepositoryName());
        control.unload(request.getModelName());
        return RepositoryModelUnloadResponse.getDefaultInstance();
    }

    private static void requireNoName(String repository) throws InferenceException {
        if (!repository.isEmpty()) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "'repository_name' specification is not supported");
        }
    }

    private static LoadOverride override(String model, Map<String, ModelRepositoryParameter> parameters)
            throws InferenceException {
        Optional<String> config = Optional.empty();
        OverrideFiles files = null;
        try {
            for (Map.Entry<String, ModelRepositoryParameter> parameter : parameters.entrySet()) {
                String name = parameter.getKey();
                if (name.equals("config")) {
                    require(parameter, ParameterChoiceCase.STRING_PARAM, "string_param");
                    config = Optional.of(parameter.getValue().getStringParam());
                } else if (name.startsWith(FILE)) {
                    require(parameter, ParameterChoiceCase.BYTES_PARAM, "bytes_param");
                    files = files == null ? new OverrideFiles() : files;
                    write(parameter, files);
                } else {
                    throw new InferenceException(ErrorCode.INVALID_ARG, "unrecognized load parameter '" + name + "'.");
                }
            }
            return new LoadOverride(config, files);
        } catch (ModelRepositoryException e) {
            discard(files);
            throw LoadErrors.unreadable(model, e);
        } catch (InferenceException | RuntimeException e) {
            discard(files);
            throw e;
        }
    }

    private static void discard(@Nullable OverrideFiles files) {
        if (files != null) {
            files.close();
        }
    }

    private static void require(Map.Entry<String, ModelRepositoryParameter> parameter, ParameterChoiceCase type,
            String expected) throws InferenceException {
        if (parameter.getValue().getParameterChoiceCase() != type) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "invalid value type for load parameter '"
                    + parameter.getKey() + "', expected " + expected + ".");
        }
    }

    private static void write(Map.Entry<String, ModelRepositoryParameter> parameter, OverrideFiles files)
            throws InferenceException {
        try (OutputStream file = files.create(parameter.getKey().substring(FILE.length()))) {
            parameter.getValue().getBytesParam().writeTo(file);
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "failed to keep the files of the load request: " + e, e);
        }
    }
}
