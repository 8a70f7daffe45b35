package io.nereid.server.http.vertexai;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The model that requests are for which name none: chosen once the models are loaded. Thread-safe. */
final class DefaultModel {
    private final String wanted;
    /** Empty until it is chosen. */
    private volatile String chosen = "";

    /** @param wanted its name; empty for the only one that there is */
    DefaultModel(String wanted) {
        this.wanted = wanted;
    }

    /** Its name; empty while the models are loaded. */
    String name() {
        return chosen;
    }

    /**
     * Chooses it among these.
     *
     * @throws InferenceException INVALID_ARG if it is not ready, or cannot be told
     */
    void choose(List<RepositoryIndexEntry> index) throws InferenceException {
        Set<String> ready = new TreeSet<>();
        index.stream().filter(entry -> entry.state() == ModelState.READY).forEach(entry -> ready.add(entry.name()));
        if (wanted.isEmpty() && ready.size() != 1) {
            throw VertexAiFrontEnd.notStarted("Expect the model repository contains only a single model if default"
                    + " model is not specified; ready are " + ready + ", choose one by --vertex-ai-default-model");
        }
        if (!wanted.isEmpty() && !ready.contains(wanted)) {
            throw VertexAiFrontEnd
                    .notStarted("Expect the default model '" + wanted + "' is loaded; ready are " + ready);
        }
        chosen = wanted.isEmpty() ? ready.iterator().next() : wanted;
    }
}
