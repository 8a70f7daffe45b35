package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelLayout;
import io.nereid.modelrepo.config.ModelConfig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the model is: a file in the version's directory, or a directory of that name with a file {@code model.onnx}.
 */
final class ModelFile {
    private static final String DEFAULT_NAME = "model.onnx";

    private final ModelVersion version;
    private final String filename;
    private final Map<String, String> byComputeCapability;

    private ModelFile(ModelVersion version, String filename, Map<String, String> byComputeCapability) {
        this.version = version;
        this.filename = filename;
        this.byComputeCapability = byComputeCapability;
    }

    static ModelFile of(ModelVersion version, ModelConfig config) {
        String filename = config.defaultModelFilename().isEmpty() ? DEFAULT_NAME : config.defaultModelFilename();
        return new ModelFile(version, filename, config.ccModelFilenames());
    }

    /** The file for instances on the CPU. */
    Path forCpu() throws InferenceException {
        return existing(filename);
    }

    /** The file for a GPU of this compute capability, {@code 9.0}. */
    Path forGpu(String computeCapability) throws InferenceException {
        return existing(byComputeCapability.getOrDefault(computeCapability, filename));
    }

    private Path existing(String name) throws InferenceException {
        Path path = version.versionDirectory().resolve(name);
        Path file = Files.isDirectory(path) ? path.resolve(DEFAULT_NAME) : path;
        if (!Files.isRegularFile(file)) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "unable to find '" + file + "' for model '"
                    + version.model() + "', version " + version.version() + ": "
                    + ModelLayout.instead(file, "default_model_filename"));
        }
        String fault = ModelLayout.fault(file);
        if (!fault.isEmpty()) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "unable to load model '" + version.model()
                    + "', version " + version.version() + ": '" + file + "' " + fault);
        }
        return file;
    }
}
