package io.nereid.backend.tokenizer;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.FunctionModel;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.List;

/**
 * Makes tokens of texts (docs/embeddings.md). Of a model it needs a file with the vocabulary, which its instances
 * share.
 */
public final class TokenizerBackend implements Backend {
    private final BackendEnvironment environment;

    /** A backend whose responses lie in the environment's memory. */
    public TokenizerBackend(BackendEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public String name() {
        return TokenizerSettings.BACKEND;
    }

    /** One, on the CPU: a text takes some ten microseconds. */
    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return List.of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.CPU, 1, List.of()));
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) {
        return TokenizerSettings.complete(config);
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        return new FunctionModel(new Tokenization(TokenizerSettings.of(version, config), environment.memory()));
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }
}
