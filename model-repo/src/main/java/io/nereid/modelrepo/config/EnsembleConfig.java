package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Map;

/**
 * The models that an ensemble consists of and the tensors between them.
 *
 * @param maxInflightRequests of each step; 0 for no limit
 */
public record EnsembleConfig(List<Step> steps, long maxInflightRequests) implements SchedulingConfig {

    public EnsembleConfig {
        steps = List.copyOf(steps);
    }

    /**
     * One model.
     *
     * @param modelVersion -1 for the latest
     * @param inputMap from the model's input to the ensemble's tensor
     * @param outputMap from the model's output to the ensemble's tensor
     */
    public record Step(String modelName, long modelVersion, Map<String, String> inputMap,
            Map<String, String> outputMap) {
        public Step {
            inputMap = Map.copyOf(inputMap);
            outputMap = Map.copyOf(outputMap);
        }
    }
}
