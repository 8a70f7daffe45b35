package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens models as sessions. */
final class TestSessions {
    private TestSessions() {}

    /** Writes a model into a folder and opens it with options that say nothing; the caller closes the session. */
    static OrtSession open(OnnxRuntime runtime, Path folder, OnnxModel model) throws IOException, InferenceException {
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            return runtime.session(Files.write(folder.resolve("model.onnx"), model.bytes()), options);
        }
    }
}
