package io.nereid.server.model.loading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.Abandonment;
import io.nereid.backend.Backend;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlan;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.server.model.ModelExecution;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.SignatureOfConfig;
import io.nereid.server.model.warmup.Warmup;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes the versions of one model from their files to instances that run. Runs on loader threads, several versions at a
 * time; the configuration is completed by whichever comes first.
 */
final class ModelVersionLoader implements VersionLoader {
    private static final Logger LOG = LoggerFactory.getLogger(ModelVersionLoader.class);

    private final RepositoryModel model;
    private final ModelFiles files;
    private final Backends backends;
    private final SchedulerFactory schedulers;
    private final ModelVersions settings;
    private final Abandonment abandonment;
    private final ReentrantLock completion = new ReentrantLock();
    @GuardedBy("completion")
    private @Nullable ModelConfig completed;
    @GuardedBy("completion")
    private List<String> warnings = List.of();

    /**
     * A loader of versions of one model.
     *
     * @param files where it lies; every version that is loaded holds them until it is closed
     * @param abandonment of the load
     */
    ModelVersionLoader(RepositoryModel model, ModelFiles files, ModelVersions settings, Abandonment abandonment) {
        this.model = model;
        this.files = files;
        this.settings = settings;
        this.abandonment = abandonment;
        this.backends = settings.backends();
        this.schedulers = settings.schedulers();
    }

    @Override
    public ServedModel load(long version) throws InferenceException {
        return settings.attempts(abandonment).load(model.directory().name(), version, this);
    }

    @Override
    public ServedModel loadOnce(long version) throws InferenceException {
        long began = NanoClock.SYSTEM.nanoTime();
        Backend backend = backend();
        ModelConfig config = complete(backend);
        checkDecoupled(config, backend);
        checkStates(config, backend);
        ModelVersion paths = versionFiles(model, version);
        Map<String, List<String>> labels = Labels.of(config, paths.modelDirectory());
        ModelSignature signature = SignatureOfConfig.of(config, labels);
        schedulers.check(config);
        ModelStatistics statistics = schedulers.statistics(config);
        InternalErrorLog internalErrors = new ModelErrorLog(LOG, "model '" + config.name() + "'");
        String content = schedulers.content(paths, config, List.of());
        LOG.info("loading model '{}' version {}: {}", config.name(), version,
                InstancePlan.of(config, backends.cpus()).describe(backends.cpus()));
        BackendModel loaded = backend.load(paths, config);
        try {
            InputMemory inputMemory = backends.inputMemory(loaded);
            Warmup warmup = new Warmup(config, SignatureOfConfig.ofWarmup(config), paths.modelDirectory(),
                    backends.heap(), internalErrors,
                    settings.exiting());
            ModelExecution execution = schedulers.cached(config, content, statistics, schedulers.start(
                    new LoadedVersion(config, loaded, inputMemory, warmup, backends.cpus(), statistics,
                            internalErrors, abandonment)));
            statistics.recordLoad(NanoClock.SYSTEM.nanoTime() - began);
            return new ServedModel(config, content, signature, inputMemory, statistics, execution, loaded::close,
                    files.retain(),
                    backends::giveMemoryBack);
        } catch (InferenceException | RuntimeException | Error e) { // what was created of the instances is closed
            loaded.close();
            throw e;
        } finally {
            backends.giveMemoryBack();
        }
    }

    /**
     * Fails as a load would by what the configuration says, or as files are not there; loads nothing.
     *
     * @throws InferenceException what a load would fail by
     */
    void check() throws InferenceException {
        Backend backend = backend();
        boolean asksTheModel = settings.autoComplete() && backend.completesByLoading(model.config());
        ModelConfig config = asksTheModel ? model.config() : complete(backend);
        if (!asksTheModel) {
            checkDecoupled(config, backend);
            checkStates(config, backend);
            schedulers.check(config);
        }
        for (long version : model.versions().keySet()) {
            backend.check(versionFiles(model, version), config);
        }
    }

    @Override
    public ModelConfig completeConfig() throws InferenceException {
        ModelConfig config = complete(backend());
        ModelInstances.checkActive(config);
        return config;
    }

    /** What runs the model, if the server has all that its configuration asks for. */
    private Backend backend() throws InferenceException {
        return backends.named(model.config().backend());
    }

    @Override
    public Abandonment abandonment() {
        return abandonment;
    }

    @Override
    public List<String> warnings() {
        completion.lock();
        try {
            return warnings;
        } finally {
            completion.unlock();
        }
    }

    /** The same for all versions, as in Triton: the lowest of them says what the configuration leaves out. */
    private ModelConfig complete(Backend backend) throws InferenceException {
        completion.lock();
        try {
            ModelConfig config = completed;
            if (config == null) {
                backend.isolation().check(model.config(), "models of backend '" + backend.name() + "'");
                ModelConfig filledIn = settings.autoComplete()
                        ? backend.complete(versionFiles(model, model.versions().firstKey()), model.config(),
                                abandonment)
                        : model.config();
                config = ModelConfigCompletion.complete(filledIn, backend.preferredGroups(),
                        backends.gpus(backend, settings.cpuInsteadOfGpus()));
                completed = config;
                warnings = warnings(config, backend);
                warnings.forEach(warning -> LOG.warn("model '{}': {}", model.directory().name(), warning));
            }
            return config;
        } finally {
            completion.unlock();
        }
    }

    private List<String> warnings(ModelConfig complete, Backend backend) {
        List<String> found = new ArrayList<>(backend.warnings(complete));
        found.addAll(schedulers.warnings(complete));
        List<InstanceGroupConfig> asked = model.config().instanceGroups();
        for (int i = 0; i < asked.size(); i++) {
            boolean cpu = complete.instanceGroups().get(i).kind() == InstanceGroupConfig.Kind.CPU;
            if (cpu && (asked.get(i).kind() == InstanceGroupConfig.Kind.GPU || !asked.get(i).gpus().isEmpty())) {
                found.add("instance group '" + complete.instanceGroups().get(i).name()
                        + "' asks for GPUs and runs on the CPU, since there are none (--gpu-fallback=cpu)");
            }
        }
        return List.copyOf(found);
    }

    private static void checkDecoupled(ModelConfig config, Backend backend) throws InferenceException {
        if (config.decoupled() && !backend.supportsDecoupled()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name()
                    + "': backend '" + backend.name() + "' gives exactly one response to a request, so its"
                    + " configuration must not have model_transaction_policy { decoupled: true }");
        }
    }

    private static void checkStates(ModelConfig config, Backend backend) throws InferenceException {
        if (config.scheduling() instanceof SequenceBatchingConfig sequences && !sequences.states().isEmpty()
                && !backend.supportsStates()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name()
                    + "': backend '" + backend.name() + "' keeps the states of its models itself, so its configuration"
                    + " must not have sequence_batching { state } (onnxruntime models may)");
        }
    }

    /** Where a version of a model lies that has it. */
    static ModelVersion versionFiles(RepositoryModel model, long version) {
        Path directory = model.versions().get(version);
        if (directory == null) {
            throw new IllegalArgumentException("model '" + model.directory().name() + "' has no version " + version);
        }
        return new ModelVersion(model.directory().name(), version, model.directory().path(), directory);
    }
}
