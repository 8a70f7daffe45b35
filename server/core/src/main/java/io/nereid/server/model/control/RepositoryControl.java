package io.nereid.server.model.control;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.RepositoryScan;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadMode;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.WorkingVersions;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.model.loading.NativeCodeRule;
import io.nereid.server.observation.MultiLine;
import io.nereid.server.protocol.OneAtATime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Decides which models of the repository are loaded: at the start, and when clients ask for it. Thread-safe. */
public final class RepositoryControl implements ModelControl {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryControl.class);

    private final ModelRepository repository;
    private final ModelControlConfig config;
    private final ModelLifecycle<ServedModel> lifecycle;
    private final ModelLoads loads;
    private final RelatedModels models;
    private final RegisteredRepositories registered;
    /** Listing reads the disk, and may list many. */
    private final OneAtATime listing = OneAtATime.forAllModels();
    /** Why the repositories could not be read at the start; empty if they could. */
    private volatile String startError = "";

    /** Nothing is loaded yet. */
    public RepositoryControl(ModelRepository repository, ModelControlConfig config, ModelVersions versions,
            ModelLifecycle<ServedModel> lifecycle) {
        this.repository = repository;
        this.config = config;
        this.lifecycle = lifecycle;
        this.loads = new ModelLoads(repository, versions, lifecycle,
                new NativeCodeRule(versions.backends(), config.clientNativeCode()),
                config.mode() != ModelControlMode.NONE,
                config.partialAvailability() ? LoadMode.PARTIAL : LoadMode.ALL_OR_NONE);
        this.models = new RelatedModels(repository, loads, lifecycle);
        this.registered = new RegisteredRepositories(repository);
    }

    /** What follows the repository from the end of the start on. */
    public RepositoryPoller poller() {
        return new RepositoryPoller(new RepositoryChanges(repository, models), config.pollInterval());
    }

    /**
     * Loads the models that are to be there from the start and waits for the last one. One that fails does not keep the
     * others from being served.
     *
     * @return whether all were loaded
     * @throws ModelRepositoryException if a repository cannot be read: from then on every client receives that error
     */
    public boolean loadAtStart() {
        RepositoryScan scan = scanAtStart();
        scan.empty().forEach(LOG::warn);
        Set<String> wanted = new TreeSet<>();
        config.startupModels().forEach(name -> wanted.addAll(named(name)));
        if (config.loadsAll()) {
            wanted.clear();
            wanted.addAll(scan.models().keySet());
            wanted.addAll(scan.conflicts().keySet());
        }
        Set<String> failed = ConcurrentHashMap.newKeySet();
        models.loadAll(wanted, (model, steps) -> {
            if (!loadAtStart(model, scan, steps)) {
                failed.add(model);
            }
            return scan.models().containsKey(model);
        });
        return failed.isEmpty();
    }

    private RepositoryScan scanAtStart() {
        try {
            return repository.scan();
        } catch (ModelRepositoryException e) {
            startError = String.valueOf(e.getMessage());
            throw e;
        }
    }

    private boolean loadAtStart(String model, RepositoryScan scan, StepLoads steps) {
        try {
            LoadResult result = loads.load(stored(model, scan), steps);
            if (!result.succeeded()) {
                LOG.error("{}", new MultiLine(result.describe().strip()));
            }
            return result.succeeded();
        } catch (InferenceException e) {
            lifecycle.reject(model, e.code().before(e.text()));
            return failed(model, e.text());
        } catch (ModelConfigException | ModelRepositoryException e) {
            return failed(model, String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) { // an internal error: the other models are served all the same
            LOG.error("failed to load '{}'", model, e);
            lifecycle.rejectVersions(model, ErrorCode.INTERNAL.before(e.toString()));
            return false;
        }
    }

    private static boolean failed(String model, String reason) {
        LOG.error("failed to load '{}': {}", model, new MultiLine(reason));
        return false;
    }

    private static StoredModel stored(String model, RepositoryScan scan) throws InferenceException {
        StoredModel stored = scan.models().get(model);
        if (stored == null) {
            throw LoadErrors.unreadable(model,
                    scan.conflicts().getOrDefault(model, "no model repository has a directory of that name"));
        }
        return stored;
    }

    /** The server is exiting: loads end early where their backends can do that. */
    public void abandonLoads() {
        loads.abandonAll();
    }

    @Override
    public List<RepositoryIndexEntry> index(boolean readyOnly) throws InferenceException {
        requireStarted();
        return listing.call(() -> listed(readyOnly));
    }

    private List<RepositoryIndexEntry> listed(boolean readyOnly) throws InferenceException {
        try {
            return new RepositoryIndex(repository.scan(), lifecycle.index()).entries(readyOnly,
                    new WorkingVersions(lifecycle)::current);
        } catch (ModelRepositoryException e) {
            throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void checkLoadable(String model) throws InferenceException {
        requireControl();
        if (!registered.give(model)) {
            ModelName.check(model);
        }
    }

    @Override
    public void load(String model, LoadOverride override) throws InferenceException {
        try {
            checkLoadable(model);
            load(model, override, override.waiting());
        } catch (ModelRepositoryException e) {
            throw e.isNoVersion() ? LoadErrors.noVersion(model, e) : LoadErrors.unreadable(model, e);
        } catch (ModelConfigException e) {
            throw LoadErrors.unreadable(model,
                    (override.config().isEmpty() ? "" : "Invalid config override: ") + e.getMessage());
        } catch (IllegalStateException e) { // closed
            throw new InferenceException(ErrorCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
        } finally {
            override.close();
        }
    }

    private void load(String model, LoadOverride override, String waiting) throws InferenceException {
        for (String each : override.files() == null ? named(model) : Set.of(model)) {
            try (RelatedModels.Wait _ = models.wait(waiting, each)) {
                LoadResult result = loadNow(each, override);
                if (!result.succeeded()) {
                    throw new InferenceException(ErrorCode.INVALID_ARG, result.describe());
                }
            }
        }
    }

    /** What the repository's models of a name are called inside the server, one for each namespace that has it. */
    private Set<String> named(String model) {
        Set<String> found = repository.hasNamespaces() ? repository.scan(model).models().keySet() : Set.of();
        return found.isEmpty() ? Set.of(model) : found;
    }

    private LoadResult loadNow(String model, LoadOverride override) throws InferenceException {
        OverrideFiles files = override.files();
        if (override.isNone()) {
            return models.load(stored(model, repository.scan(model)));
        }
        if (files == null) {
            return models.load(stored(model, repository.scan(model)), override);
        }
        if (override.config().isEmpty()) {
            throw LoadErrors.unreadable(model,
                    "Load parameter 'config' must be specified for model file override: send the model's configuration"
                            + " along");
        }
        return models.load(model, files, override);
    }

    @Override
    public void unload(String model, boolean steps) throws InferenceException {
        requireControl();
        lifecycle.named(model).forEach(each -> models.unload(each, steps));
    }

    @Override
    public void unload(String model, long version, boolean steps) throws InferenceException {
        requireControl();
        lifecycle.named(model).forEach(each -> models.unload(each, version, steps));
    }

    @Override
    public void register(Path directory, Map<String, String> names) throws InferenceException {
        requireExplicit("registration");
        registered.register(directory, names);
    }

    @Override
    public void unregister(Path directory) throws InferenceException {
        requireExplicit("unregistration");
        registered.unregister(directory);
    }

    private void requireExplicit(String what) throws InferenceException {
        requireStarted();
        if (config.mode() != ModelControlMode.EXPLICIT) {
            throw new InferenceException(ErrorCode.UNSUPPORTED,
                    "repository " + what + " is not allowed if model control mode is not EXPLICIT");
        }
    }

    private void requireControl() throws InferenceException {
        requireStarted();
        if (!config.mode().isControlledByClients()) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "explicit model load / unload is not allowed if polling is enabled; this server runs with"
                            + " --model-control-mode=" + config.mode().word()
                            + ", start it with --model-control-mode=explicit to load and unload models");
        }
    }

    private void requireStarted() throws InferenceException {
        String error = startError;
        if (!error.isEmpty()) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "Server not ready: " + error);
        }
    }
}
