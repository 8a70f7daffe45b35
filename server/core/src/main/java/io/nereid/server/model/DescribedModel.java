package io.nereid.server.model;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.protocol.ModelSignature;

import java.util.List;
import java.util.Map;

/**
 * What clients are told of a model.
 *
 * @param versions those that are meant: the one that was asked for, or all that are served; ascending
 * @param config the complete configuration
 * @param signature its inputs and outputs
 */
public record DescribedModel(List<Long> versions, ModelConfig config, ModelSignature signature) {
    public DescribedModel {
        versions = List.copyOf(versions);
    }

    /** Of a model that has no labels to tell. */
    public static DescribedModel of(List<Long> versions, ModelConfig config) {
        return new DescribedModel(versions, config, SignatureOfConfig.of(config, Map.of()));
    }
}
