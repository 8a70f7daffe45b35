package io.nereid.server.openapi;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ModelSignature;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is described of a version of a model that is ready.
 *
 * @param name the model's name
 * @param version the version's number
 * @param newest whether it is the one that answers where no version is named
 * @param versioned whether there are others of the model, so that it is named by its number too
 * @param signature its tensors
 * @param decoupled whether a request may have any number of responses
 * @param sequence what a request names its sequence by
 * @param images names of its inputs that take the file of an image
 */
record ModelDescription(String name, long version, boolean newest, boolean versioned, ModelSignature signature,
        boolean decoupled, SequenceId sequence, Set<String> images) {
    /**
     * All that are ready, by name, the newest version first. The models themselves are given back before this returns,
     * so that no client keeps one loaded.
     */
    static List<ModelDescription> all(ModelCatalog models) {
        List<ModelHandle<ServedModel>> ready = new ArrayList<>(models.acquireAll());
        try {
            ready.sort(Comparator.<ModelHandle<ServedModel>, String>comparing(ModelHandle::name)
                    .thenComparing(ModelHandle::version, Comparator.reverseOrder()));
            return describe(ready);
        } finally {
            ready.forEach(ModelHandle::release);
        }
    }

    private static List<ModelDescription> describe(List<ModelHandle<ServedModel>> sorted) {
        Map<String, Integer> versions = new HashMap<>();
        Map<String, ModelConfig> newest = new HashMap<>();
        for (ModelHandle<ServedModel> model : sorted) {
            versions.merge(model.name(), 1, Integer::sum);
            newest.putIfAbsent(model.name(), model.model().config());
        }
        ImageInputs images = new ImageInputs(newest);
        Set<String> seen = new HashSet<>();
        List<ModelDescription> all = new ArrayList<>(sorted.size());
        for (ModelHandle<ServedModel> model : sorted) {
            ModelConfig config = model.model().config();
            all.add(new ModelDescription(model.name(), model.version(), seen.add(model.name()),
                    versions.getOrDefault(model.name(), 1) > 1, model.model().signature(), config.decoupled(),
                    SequenceId.of(config), images.of(config)));
        }
        return all;
    }
}
