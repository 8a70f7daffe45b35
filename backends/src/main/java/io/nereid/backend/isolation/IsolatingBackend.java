package io.nereid.backend.isolation;

import io.nereid.backend.Abandonment;
import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.GpuMemory;
import io.nereid.backend.Isolation;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.onnxruntime.OnnxRuntimeBackend;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.List;

/**
 * The {@code onnxruntime} backend, where models whose configuration asks for it run in worker processes: nothing of their
 * files is opened in this one. All others are the inner backend's.
 */
public final class IsolatingBackend implements Backend {
    private final OnnxRuntimeBackend inner;
    private final Workers workers;

    /**
     * A backend for this process.
     *
     * @param inner runs models that are not isolated; this object's from here on
     * @param environment the inner backend's
     * @param shared what the workers share with the server
     */
    public IsolatingBackend(OnnxRuntimeBackend inner, BackendEnvironment environment, WorkerMemory shared) {
        this(inner, new Workers(environment, shared, JavaProgram::command));
    }

    IsolatingBackend(OnnxRuntimeBackend inner, Workers workers) {
        this.inner = inner;
        this.workers = workers;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return inner.preferredGroups();
    }

    @Override
    public Isolation isolation() {
        return Isolation.ON_REQUEST;
    }

    /** Of models that are not isolated. */
    @Override
    public boolean supportsStates() {
        return inner.supportsStates();
    }

    @Override
    public String gpuObstacle() {
        return inner.gpuObstacle();
    }

    @Override
    public List<String> warnings(ModelConfig config) {
        return inner.warnings(config);
    }

    @Override
    public List<String> nativeCode(ModelConfig config, boolean filesToo) {
        return inner.nativeCode(config, filesToo);
    }

    @Override
    public boolean completesByLoading(ModelConfig config) {
        return inner.completesByLoading(config);
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        return complete(version, config, new Abandonment());
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config, Abandonment abandonment)
            throws InferenceException {
        if (!Isolation.isAsked(config) || !inner.completesByLoading(config)) {
            return inner.complete(version, config);
        }
        return workers.complete(version, config, IsolationSettings.of(config), abandonment);
    }

    @Override
    public void check(ModelVersion version, ModelConfig config) throws InferenceException {
        if (Isolation.isAsked(config)) {
            IsolationSettings.check(config);
        } else {
            inner.check(version, config);
        }
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        if (!Isolation.isAsked(config)) {
            return inner.load(version, config);
        }
        IsolationSettings.check(config);
        return new IsolatedModel(workers, version, config, IsolationSettings.of(config));
    }

    @Override
    public List<GpuMemory> gpuMemory() {
        return inner.gpuMemory();
    }

    @Override
    public void close() {
        inner.close();
    }
}
