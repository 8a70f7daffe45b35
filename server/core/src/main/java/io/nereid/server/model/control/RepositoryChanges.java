package io.nereid.server.model.control;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelContents;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RepositoryScan;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.server.observation.MultiLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Follows the repository: loads what is new, loads again what has changed, unloads what is gone. A change counts only
 * once two looks in a row have seen the same, so that a model that is still being copied, or away while it is replaced,
 * is left alone. A model that cannot be loaded is not tried again before its files change. Not thread-safe: for one
 * thread, which it blocks.
 */
final class RepositoryChanges {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryChanges.class);
    private static final String REPOSITORY = "";

    private final ModelRepository repository;
    private final RelatedModels loads;
    /** By model: what was seen at the last look and is not loaded. */
    private final Map<String, ModelContents> unsettled = new HashMap<>();
    /** Served, and not there at the last look, or twice: a model that is being replaced is away for a moment. */
    private final Set<String> missing = new HashSet<>();
    /** By model: what could not be loaded. */
    private final Map<String, ModelContents> failed = new HashMap<>();
    /** By model, empty for the repository as a whole: what was last said of it, so that it is said once. */
    private final Map<String, String> troubles = new HashMap<>();

    RepositoryChanges(ModelRepository repository, RelatedModels loads) {
        this.repository = repository;
        this.loads = loads;
    }

    /**
     * Looks, and acts on what it sees. While a repository cannot be read, everything stays as it is.
     *
     * @return whether there are changes that it waits to see once more
     */
    boolean follow() {
        RepositoryScan scan;
        try {
            scan = repository.scan();
        } catch (ModelRepositoryException e) {
            note(REPOSITORY, String.valueOf(e.getMessage()));
            return false;
        }
        note(REPOSITORY, "");
        scan.conflicts().forEach(this::noteConflict);
        unloadAllBut(scan);
        // an ensemble loads what it needs first: with its own new configuration, not with the old one
        scan.models().values().stream().sorted(Comparator.comparing(model -> !loads.isEnsemble(model.id())))
                .forEach(this::follow);
        return !unsettled.isEmpty() || !missing.isEmpty();
    }

    /** Says once what keeps the repository or a model from being looked at, and once that nothing does any more. */
    private void note(String what, String trouble) {
        String before = trouble.isEmpty() ? troubles.remove(what) : troubles.put(what, trouble);
        if (!trouble.isEmpty() && !trouble.equals(before)) {
            LOG.warn("{}; what is served stays as it is", trouble);
        } else if (trouble.isEmpty() && before != null) {
            LOG.info("{} can be read again", what.isEmpty() ? "the model repository" : "model '" + what + "'");
        }
    }

    /** None of the models of that name is served: nobody can say which one is meant. */
    private void noteConflict(String model, String conflict) {
        if (!conflict.equals(troubles.put(model, conflict))) {
            LOG.error("{}; none of them is served", conflict);
        }
    }

    private void unloadAllBut(RepositoryScan scan) {
        unsettled.keySet().retainAll(scan.models().keySet());
        failed.keySet().retainAll(scan.models().keySet());
        for (String model : loads.names()) {
            if (scan.models().containsKey(model)) {
                missing.remove(model);
            } else if (!missing.add(model)) { // it was missing at the last look, too
                missing.remove(model);
                LOG.info("model '{}' is unloaded: {}", model,
                        scan.conflicts().getOrDefault(model, "it is no longer in the repository"));
                loads.unload(model);
            }
        }
    }

    private void follow(StoredModel model) {
        String name = model.id();
        try {
            ModelContents contents = model.contents();
            note(name, "");
            if (loads.isLoaded(name, contents) || contents.equals(failed.get(name))) {
                unsettled.remove(name);
            } else if (contents.equals(unsettled.get(name))) {
                unsettled.remove(name);
                load(model, contents);
            } else {
                unsettled.put(name, contents);
            }
        } catch (ModelRepositoryException e) {
            note(name, String.valueOf(e.getMessage())); // it may be going away just now
        }
    }

    private void load(StoredModel model, ModelContents contents) {
        String name = model.id();
        LOG.info("model '{}' has changed in the repository", name);
        failed.put(name, contents);
        try {
            LoadResult result = loads.load(model);
            if (result.isComplete()) {
                failed.remove(name);
            } else if (!result.succeeded()) {
                LOG.error("{}", new MultiLine(result.describe().strip()));
            }
        } catch (InferenceException | ModelConfigException | ModelRepositoryException e) {
            LOG.error("failed to load '{}': {}", name, new MultiLine(String.valueOf(e.getMessage())));
        }
    }
}
