package io.nereid.modelrepo.agent;

import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelRepositoryException;

import java.util.SortedMap;

/** Looks at a model's files before they are loaded. Thread-safe; blocks. */
interface RepositoryAgent {
    /** What configurations call it. */
    String name();

    /**
     * A model is about to be loaded.
     *
     * @param model its files, all of one moment
     * @param parameters what its configuration says to the agent
     * @throws ModelRepositoryException if it must not be loaded; the text says why
     */
    void beforeLoad(ModelDirectory model, SortedMap<String, String> parameters);
}
