package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;

import java.io.IOException;
import java.nio.file.Path;

/** An ONNX model whose outputs repeat its inputs. */
public final class RepeatingModel {
    private RepeatingModel() {}

    /**
     * Writes one, as {@code BackendContractTest} asks for it.
     *
     * @param maxBatchSize 0 for a model without a batch dimension
     */
    public static ModelVersion write(Path directory, DataType type, int pairs, int maxBatchSize, Shape dims)
            throws IOException {
        OnnxModel model = new OnnxModel();
        Object[] shape = OnnxModel.shape(maxBatchSize > 0, dims);
        for (int i = 0; i < pairs; i++) {
            model.input("INPUT" + i, type, shape).output("OUTPUT" + i, type, shape).node("Identity", "INPUT" + i,
                    "OUTPUT" + i);
        }
        return model.writeTo(directory, "repeating");
    }
}
