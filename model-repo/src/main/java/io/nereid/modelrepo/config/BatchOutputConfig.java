package io.nereid.modelrepo.config;

import java.util.List;

/**
 * Outputs of a ragged batch that the backend cuts up by the shapes of an input.
 *
 * @param targetNames the configured outputs
 * @param sourceInputs the configured input to look at; exactly one
 */
public record BatchOutputConfig(List<String> targetNames, Kind kind, List<String> sourceInputs) {

    /** How the rows are found. */
    public enum Kind {
        SCATTER_WITH_INPUT_SHAPE
    }

    public BatchOutputConfig {
        targetNames = List.copyOf(targetNames);
        sourceInputs = List.copyOf(sourceInputs);
    }
}
