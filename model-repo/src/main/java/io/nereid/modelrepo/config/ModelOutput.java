package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Optional;

/**
 * An output of a model.
 *
 * @param labelFilename the file with one class label per line, relative to the model's directory; empty for none
 */
public record ModelOutput(String name, DataType dataType, List<Long> dims, Optional<List<Long>> reshape,
        String labelFilename, boolean shapeTensor, boolean nonLinearFormatIo)
        implements
            TensorConfig {

    public ModelOutput {
        dims = List.copyOf(dims);
        reshape = reshape.map(List::copyOf);
    }

    /** An output with every option at its default. */
    public static ModelOutput of(String name, DataType dataType, List<Long> dims) {
        return new ModelOutput(name, dataType, dims, Optional.empty(), "", false, false);
    }

    /** The same output, seen by the backend with another shape. */
    public ModelOutput withReshape(List<Long> shape) {
        return new ModelOutput(name, dataType, dims, Optional.of(shape), labelFilename, shapeTensor, nonLinearFormatIo);
    }
}
