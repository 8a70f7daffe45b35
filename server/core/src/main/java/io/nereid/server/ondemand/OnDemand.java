package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.scheduler.Alarm;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.config.OnDemandConfig;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.ondemand.KnownModel.Place;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The models of one server that are loaded on demand, and all that is made of them. Thread-safe. */
public final class OnDemand {
    private static final Logger LOG = LoggerFactory.getLogger(OnDemand.class);

    private final OnDemandModels models;
    private final RepositorySketches sketches;
    private final OnDemandCatalog catalog;
    private final OnDemandControl control;

    /**
     * Nothing is known or loaded yet.
     *
     * @param mostLoads how many models load at once
     * @param versions completes their configurations
     * @param control loads and unloads them
     * @param served what is loaded
     * @param alarm ends waits that have taken too long
     */
    public OnDemand(OnDemandConfig config, int mostLoads, ModelRepository repository, ModelVersions versions,
            ModelControl control, ModelCatalog served, ModelLifecycle<ServedModel> lifecycle, Alarm alarm) {
        sketches = new RepositorySketches(repository, versions);
        models = new OnDemandModels(config, mostLoads, new RepositoryLoading(control, sketches, served, lifecycle),
                alarm, NanoClock.SYSTEM, work -> Thread.ofVirtual().name("on-demand").start(work));
        catalog = new OnDemandCatalog(served, models);
        this.control = new OnDemandControl(control, sketches, models, catalog);
    }

    /** What requests wait for. */
    public ModelDemand demand() {
        return models;
    }

    /** The models, loaded or not. */
    public ModelCatalog catalog() {
        return catalog;
    }

    /** What clients may do with them. */
    public ModelControl control() {
        return control;
    }

    /** What has been done, and how it is now. */
    public OnDemandCounts counts() {
        return models.counts();
    }

    /** What each loaded model holds, in bytes, by its name. */
    public Map<String, Long> loadedBytes() {
        Map<String, Long> bytes = new TreeMap<>();
        models.all().stream().filter(model -> model.place == Place.LOADED)
                .forEach(model -> bytes.put(model.name, model.bytes));
        return bytes;
    }

    /**
     * Looks at all models of the repositories, and loads those that are to be there from the start. Blocks.
     *
     * @return whether all of those were loaded
     * @throws ModelRepositoryException if a repository cannot be read
     */
    public boolean start(Collection<String> atStart) {
        models.know(sketches.all());
        LOG.info("{} models are loaded on demand, within {} bytes", models.all().size(), counts().budgetBytes());
        boolean all = true;
        for (String model : atStart) {
            try {
                control.load(model, LoadOverride.NONE);
            } catch (InferenceException e) {
                LOG.error("failed to load '{}': {}", model, e.text());
                all = false;
            }
        }
        return all;
    }

    /** Refuses all requests that wait, and whatever is asked for from here on. */
    public void stop() {
        models.stop();
    }
}
