package io.nereid.modelrepo.config;

import java.util.Map;

/** An agent that handles the model's files before they are loaded, as {@code checksum}. */
public record RepositoryAgentConfig(String name, Map<String, String> parameters) {
    public RepositoryAgentConfig {
        parameters = Map.copyOf(parameters);
    }
}
