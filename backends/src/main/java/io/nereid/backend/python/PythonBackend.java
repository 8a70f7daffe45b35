package io.nereid.backend.python;

import io.nereid.backend.Abandonment;
import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.Isolation;
import io.nereid.backend.ModelServices;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.WorkerMemory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs models that are Python code, each instance in a process of its own. */
public final class PythonBackend implements Backend {
    private static final String SUFFIX = ".py";

    private final Workers workers;
    private final AutoComplete autoComplete;

    /**
     * A backend for this process.
     *
     * @param shared what the workers share with the server
     * @param services what models may ask of the server
     * @throws InferenceException INVALID_ARG if one of the settings makes no sense
     */
    public PythonBackend(BackendEnvironment environment, WorkerMemory shared, ModelServices services)
            throws InferenceException {
        this.workers = new Workers(PythonSettings.of(environment.settings()), environment, shared, services);
        this.autoComplete = new AutoComplete(workers);
    }

    @Override
    public String name() {
        return "python";
    }

    @Override
    public boolean supportsDecoupled() {
        return true;
    }

    @Override
    public Isolation isolation() {
        return Isolation.ALWAYS;
    }

    /** One on each GPU; one where there is none. */
    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return List.of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.GPU, 1, List.of()),
                InstanceGroupConfig.of(InstanceGroupConfig.Kind.CPU, 1, List.of()));
    }

    /** A request that brings the model's files brings code that is run. */
    @Override
    public List<String> nativeCode(ModelConfig config, boolean filesToo) {
        return filesToo ? List.of("the Python code of '" + config.defaultModelFilename() + "'") : List.of();
    }

    /** {@inheritDoc} Its {@code auto_complete_config} may say anything. */
    @Override
    public boolean completesByLoading(ModelConfig config) {
        return true;
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        return complete(version, config, new Abandonment());
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config, Abandonment abandonment)
            throws InferenceException {
        checkFile(version, config);
        return autoComplete.complete(version, config, ModelParameters.of(config), abandonment);
    }

    @Override
    public void check(ModelVersion version, ModelConfig config) throws InferenceException {
        checkFile(version, config);
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        checkFile(version, config);
        return new PythonModel(workers, version, config, ModelParameters.of(config));
    }

    private static void checkFile(ModelVersion version, ModelConfig config) throws InferenceException {
        String name = config.defaultModelFilename();
        if (!name.endsWith(SUFFIX)) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "Model name must end with '.py'. Model name is \"" + name + "\".");
        }
        Path file = version.versionDirectory().resolve(name);
        if (!Files.exists(file)) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "Failed to preinitialize Python stub: Python model file not found in '" + file + "'");
        }
    }

    @Override
    public void close() {
        workers.close();
    }
}
