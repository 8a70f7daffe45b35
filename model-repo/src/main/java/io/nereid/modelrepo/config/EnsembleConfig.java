package io.nereid.modelrepo.config;

import io.nereid.modelrepo.identifier.ModelIdentifier;

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
     * @param modelNamespace where the model is that is meant; empty where models have no namespaces
     * @param modelVersion -1 for the latest
     * @param inputMap from the model's input to the ensemble's tensor
     * @param outputMap from the model's output to the ensemble's tensor
     */
    public record Step(String modelNamespace, String modelName, long modelVersion, Map<String, String> inputMap,
            Map<String, String> outputMap) {
        /** A step whose model has no namespace. */
        public Step(String modelName, long modelVersion, Map<String, String> inputMap, Map<String, String> outputMap) {
            this("", modelName, modelVersion, inputMap, outputMap);
        }

        public Step {
            inputMap = Map.copyOf(inputMap);
            outputMap = Map.copyOf(outputMap);
        }

        /** What its model is called inside the server. */
        public String modelId() {
            return ModelIdentifier.of(modelNamespace, modelName);
        }
    }
}
