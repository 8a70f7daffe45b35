package io.nereid.backend.pooling;

import io.nereid.backend.KnownParameters;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;

import java.util.List;
import java.util.Locale;

/**
 * What a model's parameters and tensors say (docs/embeddings.md).
 *
 * @param pooling which vectors count
 * @param normalize whether the result has length 1
 * @param vectors the name of the vectors
 * @param mask the name of the mask
 * @param wideMask whether its numbers have 64 bits, not 32
 * @param output the name of the result
 * @param length how long a vector is
 * @param batching whether all of them have a batch dimension
 */
record PoolingSettings(Pooling pooling, boolean normalize, String vectors, String mask, boolean wideMask,
        String output, int length, boolean batching) {
    static final String BACKEND = "pooling";
    private static final String POOLING = "pooling";
    private static final String NORMALIZE = "normalize";

    /** @throws InferenceException INVALID_ARG if parameters and tensors do not agree */
    static PoolingSettings of(ModelConfig config) throws InferenceException {
        KnownParameters parameters = KnownParameters.of(config, BACKEND, List.of(POOLING, NORMALIZE));
        if (config.inputs().size() != 2 || config.outputs().size() != 1) {
            throw parameters.unable("it has " + config.inputs().size() + " inputs and " + config.outputs().size()
                    + " outputs (expected two and one: the vectors, their mask, the result)");
        }
        ModelInput vectors = input(config, parameters, List.of(DataType.FP32), "the vectors: TYPE_FP32");
        ModelInput mask = input(config, parameters, List.of(DataType.INT64, DataType.INT32),
                "the mask: TYPE_INT64 or TYPE_INT32");
        ModelOutput output = config.outputs().getFirst();
        if (output.dataType() != DataType.FP32 || output.dims().size() != 1 || output.dims().getFirst() < 1
                || output.dims().getFirst() > Integer.MAX_VALUE) {
            throw parameters.unable("output '" + output.name() + "' has " + output.dataType().configName()
                    + " and dims " + output.dims() + " (expected TYPE_FP32 and one number: the length of a vector)");
        }
        checkDims(parameters, vectors, List.of(-1L, output.dims().getFirst()));
        checkDims(parameters, mask, List.of(-1L));
        Pooling pooling = Pooling.valueOf(
                parameters.choice(POOLING, List.of("mean", "cls", "last")).toUpperCase(Locale.ROOT));
        return new PoolingSettings(pooling, parameters.choice(NORMALIZE, List.of("true", "false")).equals("true"),
                vectors.name(), mask.name(), mask.dataType() == DataType.INT64, output.name(),
                Math.toIntExact(output.dims().getFirst()), config.maxBatchSize() > 0);
    }

    private static ModelInput input(ModelConfig config, KnownParameters parameters, List<DataType> types, String what)
            throws InferenceException {
        List<ModelInput> found = config.inputs().stream().filter(input -> types.contains(input.dataType())).toList();
        if (found.size() != 1) {
            throw parameters.unable("it has " + found.size() + " inputs (expected one) for " + what);
        }
        return found.getFirst();
    }

    private static void checkDims(KnownParameters parameters, ModelInput input, List<Long> expected)
            throws InferenceException {
        if (!input.dims().equals(expected) || input.reshape().isPresent()) {
            throw parameters.unable(
                    "input '" + input.name() + "' has dims " + input.dims() + " (expected " + expected + ")");
        }
    }
}
