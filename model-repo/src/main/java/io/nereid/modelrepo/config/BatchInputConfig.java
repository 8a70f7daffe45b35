package io.nereid.modelrepo.config;

import java.util.List;

/**
 * Inputs that the backend adds to a ragged batch and fills from the shapes of another input.
 *
 * @param targetNames the inputs of the model file that receive the values
 * @param dataType INT32 or FP32
 * @param sourceInputs the configured input to look at; exactly one
 */
public record BatchInputConfig(Kind kind, List<String> targetNames, DataType dataType, List<String> sourceInputs) {

    /** What is filled in. */
    public enum Kind {
        ELEMENT_COUNT,
        ACCUMULATED_ELEMENT_COUNT,
        ACCUMULATED_ELEMENT_COUNT_WITH_ZERO,
        MAX_ELEMENT_COUNT_AS_SHAPE,
        ITEM_SHAPE,
        ITEM_SHAPE_FLATTEN
    }

    public BatchInputConfig {
        targetNames = List.copyOf(targetNames);
        sourceInputs = List.copyOf(sourceInputs);
    }
}
