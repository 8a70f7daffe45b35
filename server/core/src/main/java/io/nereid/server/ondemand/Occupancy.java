package io.nereid.server.ondemand;

import io.nereid.server.ondemand.KnownModel.Place;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is in memory, for the {@link EvictionPolicy}. Made and used under the lock of {@link OnDemandModels}.
 *
 * @param models all that are known
 * @param loads those under way
 */
record Occupancy(Collection<KnownModel> models, Collection<PendingLoad> loads) {
    /** What is held by loaded models, by those that leave, and for loads under way. */
    long heldBytes() {
        return sum(Place.LOADED) + goingBytes() + loads.stream().mapToLong(PendingLoad::heldBytes).sum();
    }

    private long sum(Place place) {
        return models.stream().filter(model -> model.place == place).mapToLong(model -> model.bytes).sum();
    }

    /** What is held by models that leave, and for no load. */
    long goingBytes() {
        return models.stream().filter(model -> model.place == Place.LEAVING && model.leftFor == null)
                .mapToLong(model -> model.bytes).sum();
    }

    /**
     * The loaded models.
     *
     * @param next what room is made for: what it is made of does not go
     * @param isBusy whether requests to a model are under way
     * @param keepsSequences whether a model keeps sequences
     * @param safeNanos how long a model is safe after its load
     */
    List<LoadedModel> loaded(KnownModel next, Predicate<KnownModel> isBusy,
            Predicate<KnownModel> keepsSequences, long safeNanos) {
        Map<String, Set<String>> neededBy = new HashMap<>();
        for (KnownModel model : models) {
            if (model.place == Place.LOADED || model.place == Place.LOADING) {
                model.steps.forEach(step -> neededBy.computeIfAbsent(step, _ -> new HashSet<>()).add(model.name));
            }
        }
        next.steps.forEach(step -> neededBy.computeIfAbsent(step, _ -> new HashSet<>()).add(next.name));
        List<LoadedModel> loaded = new ArrayList<>();
        for (KnownModel model : models) {
            if (model.place == Place.LOADED && !model.name.equals(next.name)) {
                long idleNanos = model.sketch.safeNanos();
                long safe = Math.max(model.loadedNanos + safeNanos,
                        model.usedNanos + (idleNanos > 0 && keepsSequences.test(model) ? idleNanos : 0));
                loaded.add(new LoadedModel(model.name, model.bytes, model.usedNanos, safe, isBusy.test(model),
                        model.kept, neededBy.getOrDefault(model.name, Set.of())));
            }
        }
        return loaded;
    }

    /** The loaded ensembles that a model is a part of, those around others first. */
    List<KnownModel> ensemblesOf(String name) {
        return models.stream().filter(model -> model.place == Place.LOADED && model.steps.contains(name))
                .sorted((one, other) -> Integer.compare(other.steps.size(), one.steps.size())).toList();
    }

    /** All models that an ensemble is made of, also through others. */
    static Set<String> allSteps(ModelSketch of, Map<String, KnownModel> known) {
        Set<String> all = new LinkedHashSet<>();
        List<String> open = new ArrayList<>(of.steps());
        while (!open.isEmpty()) {
            String step = open.removeLast();
            KnownModel model = known.get(step);
            if (all.add(step) && model != null) {
                open.addAll(model.sketch.steps());
            }
        }
        all.remove(of.name()); // a circle, which its load refuses
        return Set.copyOf(all);
    }
}
