package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.RepositoryScan;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.ModelControlConfig;
import io.nereid.server.ModelControlMode;
import io.nereid.server.logging.MultiLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Decides which models of the repository are loaded: at the start, and when clients ask for it. Thread-safe. */
public final class RepositoryControl implements ModelControl {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryControl.class);

    /** What a directory's name may have. */
    private static final int LONGEST_NAME = 255;

    private final ModelRepository repository;
    private final ModelControlConfig config;
    private final ModelLifecycle<ServedModel> lifecycle;
    private final ModelLoads loads;

    /** Nothing is loaded yet. */
    public RepositoryControl(ModelRepository repository, ModelControlConfig config, ModelVersions versions,
            ModelLifecycle<ServedModel> lifecycle) {
        this.repository = repository;
        this.config = config;
        this.lifecycle = lifecycle;
        this.loads = new ModelLoads(repository, versions, lifecycle, config.mode() != ModelControlMode.NONE);
    }

    /** What follows the repository from the end of the start on. */
    public RepositoryPoller poller() {
        return new RepositoryPoller(new RepositoryChanges(repository, loads), config.pollInterval());
    }

    /**
     * Loads the models that are to be there from the start and waits for the last one. One that fails does not keep the
     * others from being served.
     *
     * @return whether all were loaded
     * @throws ModelRepositoryException if a repository cannot be read
     */
    public boolean loadAtStart() {
        RepositoryScan scan = repository.scan();
        scan.empty().forEach(LOG::warn);
        Set<String> wanted = new TreeSet<>(config.startupModels());
        if (config.loadsAll()) {
            wanted.clear();
            wanted.addAll(scan.models().keySet());
            wanted.addAll(scan.conflicts().keySet());
        }
        List<Future<Boolean>> started = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            wanted.forEach(model -> started.add(each.submit(() -> loadAtStart(model, scan))));
        }
        return started.stream().allMatch(Future::resultNow);
    }

    private boolean loadAtStart(String model, RepositoryScan scan) {
        try {
            LoadResult result = loads.load(stored(model, scan));
            if (!result.succeeded()) {
                LOG.error("{}", new MultiLine(result.describe().strip()));
            }
            return result.succeeded();
        } catch (InferenceException e) {
            return reject(model, e.text());
        } catch (ModelConfigException | ModelRepositoryException e) {
            return reject(model, String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) { // a defect: the other models are served all the same
            LOG.error("failed to load '{}'", model, e);
            lifecycle.reject(model, e.toString());
            return false;
        }
    }

    private boolean reject(String model, String reason) {
        LOG.error("failed to load '{}': {}", model, new MultiLine(reason));
        lifecycle.reject(model, reason);
        return false;
    }

    private static StoredModel stored(String model, RepositoryScan scan) throws InferenceException {
        StoredModel stored = scan.models().get(model);
        if (stored == null) {
            String conflict = scan.conflicts().get(model);
            throw new InferenceException(ErrorCode.INTERNAL, unreadable(model) + (conflict == null
                    ? ": no model repository has a directory of that name"
                    : ": " + conflict));
        }
        return stored;
    }

    private static String unreadable(String model) {
        return "failed to load '" + model + "', failed to poll from model repository";
    }

    @Override
    public List<RepositoryIndexEntry> index(boolean readyOnly) throws InferenceException {
        try {
            return new RepositoryIndex(repository.scan(), lifecycle.index()).entries(readyOnly);
        } catch (ModelRepositoryException e) {
            throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void checkLoadable(String model) throws InferenceException {
        requireExplicit();
        requireName(model);
    }

    @Override
    public void load(String model, LoadOverride override) throws InferenceException {
        try {
            checkLoadable(model);
            LoadResult result = loadNow(model, override);
            if (!result.succeeded()) {
                throw new InferenceException(ErrorCode.INVALID_ARG, result.describe());
            }
        } catch (ModelRepositoryException e) {
            throw new InferenceException(ErrorCode.INTERNAL, (e.isNoVersion()
                    ? "failed to load '" + model + "', no version is available"
                    : unreadable(model)) + ": " + e.getMessage(), e);
        } catch (ModelConfigException e) {
            throw new InferenceException(ErrorCode.INTERNAL, unreadable(model) + ": " + e.getMessage(), e);
        } catch (IllegalStateException e) { // closed
            throw new InferenceException(ErrorCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
        } finally {
            override.close();
        }
    }

    private LoadResult loadNow(String model, LoadOverride override) throws InferenceException {
        OverrideFiles files = override.files();
        if (override.isNone()) {
            return loads.load(stored(model, repository.scan(model)));
        }
        String replaced = override.config().orElseThrow(() -> new InferenceException(ErrorCode.INVALID_ARG,
                "failed to load '" + model + "': 'file:' parameters are given without a 'config' parameter; send the"
                        + " model's configuration along"));
        return files == null ? loads.load(stored(model, repository.scan(model)), replaced)
                : loads.load(model, files, replaced);
    }

    @Override
    public void unload(String model) throws InferenceException {
        checkLoadable(model);
        if (lifecycle.models().contains(model)) {
            loads.unload(model);
        }
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "...";
    }

    private void requireExplicit() throws InferenceException {
        if (config.mode() != ModelControlMode.EXPLICIT) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "explicit model load / unload is not allowed if polling is enabled");
        }
    }

    /** A name becomes a directory's, where a load brings its own files. */
    private static void requireName(String model) throws InferenceException {
        boolean plain = !model.isEmpty() && model.length() <= LONGEST_NAME && model.indexOf('/') < 0
                && model.indexOf('\\') < 0 && model.indexOf('\0') < 0
                && !model.startsWith(".");
        if (!plain) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "invalid model name '" + shortened(model)
                            + "' (expected the name of a directory of the model repository)");
        }
    }
}
