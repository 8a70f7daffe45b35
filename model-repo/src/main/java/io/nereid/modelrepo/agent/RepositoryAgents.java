package io.nereid.modelrepo.agent;

import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.RepositoryAgentConfig;

import java.util.List;
import java.util.TreeMap;

/** The repository agents that this server has. Thread-safe; blocks. */
public final class RepositoryAgents {
    private final List<RepositoryAgent> agents = List.of(new ChecksumAgent());

    /**
     * Has every agent that a configuration names look at the model, in their order.
     *
     * @throws ModelRepositoryException if one of them refuses it, or is not there
     */
    public void beforeLoad(ModelDirectory model, ModelConfig config) {
        for (RepositoryAgentConfig asked : config.repositoryAgents()) {
            named(asked.name()).beforeLoad(model, new TreeMap<>(asked.parameters()));
        }
    }

    private RepositoryAgent named(String name) {
        for (RepositoryAgent agent : agents) {
            if (agent.name().equals(name)) {
                return agent;
            }
        }
        throw new ModelRepositoryException("unable to find the repository agent '" + name + "', which"
                + " model_repository_agents asks for: this server has "
                + String.join(", ", agents.stream().map(RepositoryAgent::name).toList())
                + " and loads none from libraries; leave it out if nothing has to be decrypted or fetched by it");
    }
}
