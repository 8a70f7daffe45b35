/**
 * Repository agents: what handles a model's files before they are loaded, as {@code model_repository_agents} of its
 * configuration asks. {@link io.nereid.modelrepo.agent.RepositoryAgents} knows them all; a new one is a
 * {@link io.nereid.modelrepo.agent.RepositoryAgent} and a line there.
 *
 * <p>Agents read files on the thread of whoever loads the model. Nothing here may import the lifecycle, the stores or
 * another module.
 */
@NullMarked
package io.nereid.modelrepo.agent;

import org.jspecify.annotations.NullMarked;
