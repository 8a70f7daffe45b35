package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.Gpus;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.server.ensemble.EnsembleCheck;
import io.nereid.server.model.ModelExecution;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.SignatureOfConfig;
import io.nereid.server.protocol.TensorSpec;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes the versions of an ensemble of the model versions that are served. Runs on loader threads. Thread-safe. */
public final class EnsembleLoader implements VersionLoader {
    private static final Logger LOG = LoggerFactory.getLogger(EnsembleLoader.class);

    private final RepositoryModel model;
    private final ModelFiles files;
    private final ModelVersions settings;
    private final StepVersions steps;
    private final @Nullable InferenceException problem;

    /**
     * A loader of versions of one ensemble.
     *
     * @param files where it lies; every version that is loaded holds them until it is closed
     * @param problem why it cannot be loaded, as far as that is known already; null if nothing is
     */
    public EnsembleLoader(RepositoryModel model, ModelFiles files, ModelVersions settings,
            ModelLifecycle<ServedModel> lifecycle, @Nullable InferenceException problem) {
        this.model = model;
        this.files = files;
        this.settings = settings;
        this.steps = new StepVersions(lifecycle);
        this.problem = problem;
    }

    @Override
    public ServedModel load(long version) throws InferenceException {
        return settings.attempts(abandonment()).load(model.directory().name(), version, this);
    }

    @Override
    public ServedModel loadOnce(long version) throws InferenceException {
        if (problem != null) {
            throw problem.withText(problem.text());
        }
        ModelConfig config = completeConfig();
        LOG.info("loading ensemble '{}' version {} of {}", config.name(), version,
                ((EnsembleConfig) config.scheduling()).steps().stream().map(EnsembleConfig.Step::modelName).toList());
        List<ModelHandle<ServedModel>> held = steps.acquire(config);
        try {
            return serve(version, config, held);
        } catch (InferenceException | RuntimeException | Error e) {
            held.forEach(ModelHandle::release);
            throw e;
        }
    }

    private ServedModel serve(long version, ModelConfig configured, List<ModelHandle<ServedModel>> held)
            throws InferenceException {
        long began = NanoClock.SYSTEM.nanoTime();
        List<ModelConfig> models = held.stream().map(step -> step.model().config()).toList();
        EnsembleCheck.check(configured, models);
        ModelConfig config = configured.withDecoupled(models.stream().anyMatch(ModelConfig::decoupled));
        List<String> uncached = config.responseCacheProblems(); // it is decoupled if a step is
        if (!uncached.isEmpty()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, uncached.getFirst());
        }
        Map<String, List<String>> labels = labels(config, held);
        ModelStatistics statistics = settings.schedulers().statistics(config);
        InputMemory inputs = inputMemory(config, held);
        String content = settings.schedulers().content(ModelVersionLoader.versionFiles(model, version), config,
                held.stream().map(step -> step.model().content()).toList());
        ModelExecution execution = settings.schedulers().ensemble(config, content, held, settings.steps(), statistics,
                new ModelErrorLog(LOG, "ensemble '" + config.name() + "'"));
        statistics.recordLoad(NanoClock.SYSTEM.nanoTime() - began);
        return new ServedModel(config, content, SignatureOfConfig.of(config, labels), inputs, statistics, execution,
                Lease.NONE,
                files.retain(), () -> {
                });
    }

    /** The labels of the file that the ensemble names for an output, else those of the model that makes it. */
    private Map<String, List<String>> labels(ModelConfig config, List<ModelHandle<ServedModel>> held) {
        Map<String, List<String>> labels = new HashMap<>(Labels.of(config, model.directory().path()));
        List<EnsembleConfig.Step> configured = ((EnsembleConfig) config.scheduling()).steps();
        for (int i = 0; i < configured.size(); i++) {
            ServedModel served = held.get(i).model();
            configured.get(i).outputMap().forEach((output, tensor) -> {
                TensorSpec made = served.signature().output(output);
                if (made != null && !made.labels().isEmpty()) {
                    labels.putIfAbsent(tensor, made.labels());
                }
            });
        }
        return labels;
    }

    /**
     * Where the network reads requests to: what a worker process can map is host memory for every other model too. What
     * is an output as it came has to be in host memory.
     */
    private InputMemory inputMemory(ModelConfig config, List<ModelHandle<ServedModel>> held)
            throws InferenceException {
        List<EnsembleConfig.Step> configured = ((EnsembleConfig) config.scheduling()).steps();
        List<InputMemory> wanted = new ArrayList<>();
        for (int i = 0; i < configured.size(); i++) {
            if (configured.get(i).inputMap().values().stream().anyMatch(tensor -> config.input(tensor) != null)) {
                wanted.add(held.get(i).model().inputMemory());
            }
        }
        for (InputMemory memory : wanted) {
            if (memory.kind() == TensorData.Kind.SHARED) {
                return memory;
            }
        }
        boolean handsOn = config.inputs().stream().anyMatch(input -> config.output(input.name()) != null);
        boolean alike = !wanted.isEmpty() && wanted.stream().allMatch(wanted.getFirst()::equals)
                && (!handsOn || wanted.getFirst().kind().isHost());
        return alike ? wanted.getFirst() : settings.backends().pooledInputs();
    }

    @Override
    public ModelConfig completeConfig() throws InferenceException {
        return ModelConfigCompletion.complete(model.config(), List.of(), Gpus.of(List.of()));
    }

    /** {@inheritDoc} Nothing of it takes long. */
    @Override
    public Abandonment abandonment() {
        return new Abandonment();
    }

    @Override
    public List<String> warnings() {
        return settings.schedulers().warnings(model.config());
    }
}
