package io.nereid.backend.image;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;

import java.util.List;

/**
 * The tensors of an image model: one encoded image in, one tensor out.
 *
 * @param input the input's name
 * @param output the output's name
 * @param dataType of the output
 * @param tail the output's shape without the batch
 * @param batching whether both have a batch dimension
 */
record ImageSignature(String input, String output, io.nereid.inference.DataType dataType, Shape tail,
        boolean batching) {
    private static final String INPUT = "IMAGE";
    private static final String OUTPUT = "PIXELS";
    private static final List<Long> ONE = List.of(1L);

    /** The configuration with the input and the output that it does not have, as the parameters ask for them. */
    static ModelConfig complete(ModelConfig config, ImageSettings settings) {
        ModelConfig complete = config;
        if (config.inputs().isEmpty()) {
            complete = complete.withInputs(List.of(ModelInput.of(INPUT, DataType.STRING, ONE)));
        }
        if (config.outputs().isEmpty()) {
            complete = complete.withOutputs(List.of(ModelOutput.of(OUTPUT, settings.dataType(), settings.dims())));
        }
        return complete;
    }

    /** @throws InferenceException INVALID_ARG if the configuration has other tensors than the parameters ask for */
    static ImageSignature of(ModelConfig config, ImageSettings settings) throws InferenceException {
        if (config.inputs().size() != 1 || config.outputs().size() != 1) {
            throw unable(config, "it has " + config.inputs().size() + " inputs and " + config.outputs().size()
                    + " outputs (expected one of each)");
        }
        ModelInput input = config.inputs().getFirst();
        ModelOutput output = config.outputs().getFirst();
        if (input.dataType() != DataType.STRING || !input.dims().equals(ONE) || input.optional()) {
            throw unable(config, "input '" + input.name() + "' has data_type " + input.dataType().configName()
                    + " and dims " + input.dims() + (input.optional() ? " and is optional" : "")
                    + " (expected TYPE_STRING and [1]: one encoded image)");
        }
        if (!output.dims().equals(settings.dims())) {
            throw unable(config, "output '" + output.name() + "' has dims " + output.dims() + " (expected "
                    + settings.dims() + " by the parameters 'resize', 'crop' and 'layout')");
        }
        if (input.reshape().isPresent() || output.reshape().isPresent()) {
            throw unable(config, "a tensor has a reshape (expected none)");
        }
        return new ImageSignature(input.name(), output.name(),
                io.nereid.inference.DataType.valueOf(settings.dataType().name()),
                Shape.of(settings.dims().stream().mapToLong(Long::longValue).toArray()), config.maxBatchSize() > 0);
    }

    private static InferenceException unable(ModelConfig config, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "unable to load model '" + config.name() + "' with the image backend: " + why);
    }

    /** Bytes of the tensor of one image. */
    long imageBytes() {
        return tail.elementCount() * dataType.byteSize();
    }

    /** The output's shape for so many images. */
    Shape shape(int images) {
        return batching ? tail.prepend(images) : tail;
    }
}
