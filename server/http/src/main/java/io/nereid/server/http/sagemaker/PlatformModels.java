package io.nereid.server.http.sagemaker;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The models that the platform has loaded, by what it calls them. What loads and unloads blocks, and is not for an event
 * loop. Thread-safe.
 */
final class PlatformModels {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformModels.class);
    /** The platform gives up after 360 seconds. */
    private static final Duration LONGEST_UNLOAD = Duration.ofSeconds(350);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    private final ModelControl control;
    private final ModelCatalog catalog;
    private final Path root;
    private final NanoClock clock;
    /** Those that are loaded, and are not being unloaded. */
    private final ConcurrentNavigableMap<String, Model> models = new ConcurrentSkipListMap<>();

    /** @param root the folder in which the platform lays models */
    PlatformModels(ModelControl control, ModelCatalog catalog, Path root, NanoClock clock) {
        this.control = control;
        this.catalog = catalog;
        this.root = root;
        this.clock = clock;
    }

    /**
     * A model that the platform has loaded.
     *
     * @param hash what the platform calls it
     * @param repository the directory that was registered for it
     * @param name what it is served as
     */
    record Model(String hash, Path repository, String name) {}

    /** One of them; null if there is none of that name. */
    @Nullable
    Model find(String hash) {
        return models.get(hash);
    }

    /** Those that can be asked, by what the platform calls them. */
    List<Model> ready() {
        Collection<Model> all = models.values();
        return all.stream().filter(model -> !catalog.readyVersions(model.name()).isEmpty()).toList();
    }

    /**
     * Loads a model and returns when it can be asked.
     *
     * @param url the folder it is in
     * @param name what it is to be served as
     * @throws InferenceException ALREADY_EXISTS if it is there; whatever else keeps it from being loaded, of which
     *     nothing is left then
     */
    void load(String hash, String url, String name) throws InferenceException {
        ModelFolder folder = ModelFolder.find(url, root);
        if (models.containsKey(hash)) {
            throw new InferenceException(ErrorCode.ALREADY_EXISTS, "model '" + hash + "' has already been loaded");
        }
        control.register(folder.repository(), Map.of(folder.directory(), name));
        Model model = new Model(hash, folder.repository(), name);
        try {
            control.load(name, LoadOverride.NONE);
            if (models.putIfAbsent(hash, model) != null) {
                throw new InferenceException(ErrorCode.ALREADY_EXISTS,
                        "model '" + hash + "' has already been loaded");
            }
        } catch (InferenceException | RuntimeException e) {
            withdraw(model, e);
            throw e;
        }
        LOG.info("Loaded SageMaker TargetModel: {} ({})", name, hash);
    }

    /** Leaves nothing of a load that has failed: a model that the server does not serve must not keep it from being ready. */
    private void withdraw(Model model, Exception cause) {
        try {
            control.unload(model.name(), true);
            control.unregister(model.repository());
        } catch (InferenceException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Unloads a model, with what it is made of, and returns when its files are not needed any more.
     *
     * @throws InferenceException NOT_FOUND if there is none of that name, or it is being unloaded
     */
    void unload(String hash) throws InferenceException, InterruptedException {
        Model model = models.remove(hash);
        if (model == null) {
            throw new InferenceException(ErrorCode.NOT_FOUND, "model '" + hash + "' is not loaded");
        }
        long start = clock.nanoTime();
        try {
            control.unload(model.name(), true);
            awaitUnloaded(model.name(), start);
        } catch (InferenceException | InterruptedException e) {
            models.put(hash, model);
            throw e;
        }
        control.unregister(model.repository());
        LOG.info("UNLOAD for model {} completed in {} ms.", model.name(),
                Duration.ofNanos(clock.nanoTime() - start).toMillis());
    }

    private void awaitUnloaded(String name, long start) throws InterruptedException {
        while (isHeld(name)) {
            if (clock.nanoTime() - start > LONGEST_UNLOAD.toNanos()) {
                LOG.error("UNLOAD for model {} did not complete within {} seconds: requests still use it", name,
                        LONGEST_UNLOAD.toSeconds());
                return;
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private boolean isHeld(String name) {
        return catalog.index(name).stream()
                .anyMatch(version -> version.state() == ModelState.READY || version.state() == ModelState.UNLOADING);
    }
}
