package io.nereid.server.ondemand;

import io.nereid.server.ondemand.KnownModel.Place;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** All models that may be loaded, by their names. Changed under the lock of {@link OnDemandModels}, read without. */
final class KnownModels {
    private final Map<String, KnownModel> models = new ConcurrentHashMap<>();

    /** Makes models known, or known anew: by what their files are now. */
    void know(Collection<ModelSketch> sketches) {
        for (ModelSketch sketch : sketches) {
            KnownModel model = models.computeIfAbsent(sketch.name(), _ -> new KnownModel(sketch));
            model.sketch = sketch;
            if (!model.measured) {
                model.bytes = sketch.fileBytes();
            }
        }
        models.values().forEach(model -> model.steps = Occupancy.allSteps(model.sketch, models));
    }

    /** Nothing is left of a model that came with a load request. */
    void forget(KnownModel model) {
        models.remove(model.name);
    }

    @Nullable
    KnownModel named(String model) {
        return models.get(model);
    }

    Collection<KnownModel> all() {
        return models.values();
    }

    /** Those of that place. */
    List<KnownModel> in(Place place) {
        return models.values().stream().filter(model -> model.place == place).toList();
    }

    /** Whether a model and those that it is made of are neither being loaded nor leave. */
    boolean areSettled(KnownModel model) {
        return isSettled(model) && model.steps.stream().map(models::get)
                .allMatch(step -> step == null || isSettled(step));
    }

    private static boolean isSettled(KnownModel model) {
        return model.place == Place.ABSENT || model.place == Place.LOADED;
    }

    /** The model, also if it is to be loaded again, and those that it is made of and are not there. */
    List<KnownModel> missing(KnownModel model) {
        List<KnownModel> missing = new ArrayList<>(List.of(model));
        for (String name : model.steps) {
            KnownModel step = models.get(name);
            if (step != null && step.place == Place.ABSENT) {
                missing.add(step);
            }
        }
        return missing;
    }
}
