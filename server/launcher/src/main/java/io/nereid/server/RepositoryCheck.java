package io.nereid.server;

import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RepositoryScan;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.identifier.ModelIdentifier;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.model.loading.ModelValidator;

import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Looks at all models of the repositories of a configuration, or at some of them, without serving any: no port is
 * opened. Each is loaded as the server would load it, one after the other.
 */
public final class RepositoryCheck {
    private final ServerConfig config;

    /** A check of the repositories of that configuration, with its backend settings. */
    public RepositoryCheck(ServerConfig config) {
        this.config = config;
    }

    /** Receives the progress of the check. Called on the thread that runs it. */
    public interface Listener {
        /**
         * A model is looked at.
         *
         * @param index counted from 1
         */
        void began(String model, int index, int total);

        /** A model was looked at. */
        void ended(String model, ModelValidator.Findings findings);

        /** A repository has no model, as the text says, which names it. */
        void empty(String problem);
    }

    /**
     * Looks at the models and returns when it has seen the last.
     *
     * @param only the names of those to look at; empty for all
     * @return how many of them have a problem, and how many repositories have no model
     * @throws StartException if a repository cannot be read, or a setting makes no sense
     */
    public int run(Set<String> only, Listener listener) throws StartException {
        try (ModelEnvironment environment = ModelEnvironment.open(config, 0,
                new Ledger(config.admission(), NanoClock.SYSTEM))) {
            ModelRepository repository = environment.repository();
            ModelValidator validator = new ModelValidator(repository, environment.versions(0, () -> false));
            return run(repository.scan(), only, validator, listener);
        } catch (ModelRepositoryException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static int run(RepositoryScan scan, Set<String> only, ModelValidator validator, Listener listener) {
        SortedSet<String> wanted = new TreeSet<>();
        only.forEach(name -> wanted.addAll(identifiers(name, scan)));
        if (only.isEmpty()) {
            wanted.addAll(scan.models().keySet());
            wanted.addAll(scan.conflicts().keySet());
        }
        int index = 0;
        int failed = scan.empty().size();
        scan.empty().forEach(listener::empty);
        for (String model : wanted) {
            listener.began(model, ++index, wanted.size());
            ModelValidator.Findings findings = findings(model, scan, validator);
            listener.ended(model, findings);
            failed += findings.problems().isEmpty() ? 0 : 1;
        }
        return failed;
    }

    /** The models of that name: with namespaces there may be several. */
    private static Set<String> identifiers(String name, RepositoryScan scan) {
        Set<String> found = new TreeSet<>(scan.models().keySet());
        found.removeIf(model -> !ModelIdentifier.name(model).equals(name));
        return scan.models().containsKey(name) || found.isEmpty() ? Set.of(name) : found;
    }

    private static ModelValidator.Findings findings(String model, RepositoryScan scan, ModelValidator validator) {
        StoredModel stored = scan.models().get(model);
        if (stored != null) {
            return validator.validate(stored);
        }
        return new ModelValidator.Findings(List.of(scan.conflicts().getOrDefault(model,
                "no repository has a model of that name; there are " + String.join(", ", scan.models().keySet()))),
                List.of());
    }
}
