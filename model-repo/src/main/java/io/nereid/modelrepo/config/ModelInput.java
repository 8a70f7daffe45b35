package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Optional;

/**
 * An input of a model.
 *
 * @param allowRaggedBatch whether requests with different shapes may share a batch
 * @param optional whether a request may leave it out
 */
public record ModelInput(String name, DataType dataType, Format format, List<Long> dims, Optional<List<Long>> reshape,
        boolean shapeTensor, boolean allowRaggedBatch, boolean optional, boolean nonLinearFormatIo)
        implements
            TensorConfig {

    /** What the dimensions of an image mean; only their number is checked. */
    public enum Format {
        NONE,
        NHWC,
        NCHW
    }

    public ModelInput {
        dims = List.copyOf(dims);
        reshape = reshape.map(List::copyOf);
    }

    /** An input with every option at its default. */
    public static ModelInput of(String name, DataType dataType, List<Long> dims) {
        return new ModelInput(name, dataType, Format.NONE, dims, Optional.empty(), false, false, false, false);
    }

    /** The same input, seen by the backend with another shape. */
    public ModelInput withReshape(List<Long> shape) {
        return new ModelInput(name, dataType, format, dims, Optional.of(shape), shapeTensor, allowRaggedBatch, optional,
                nonLinearFormatIo);
    }
}
