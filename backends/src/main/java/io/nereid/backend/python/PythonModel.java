package io.nereid.backend.python;

import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.python.memory.Extents;
import io.nereid.backend.python.message.FrameReader;
import io.nereid.backend.python.message.FrameWriter;
import io.nereid.backend.python.message.MessageType;
import io.nereid.backend.python.worker.WorkerProcess;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/** A version of a Python model: starts a worker for each instance. Thread-safe. */
final class PythonModel implements BackendModel {
    private static final Logger LOG = LoggerFactory.getLogger(PythonModel.class);

    private final Workers workers;
    private final ModelVersion version;
    private final ModelConfig config;
    private final ModelParameters parameters;
    private final OutputRules rules;

    PythonModel(Workers workers, ModelVersion version, ModelConfig config, ModelParameters parameters) {
        this.workers = workers;
        this.version = version;
        this.config = config;
        this.parameters = parameters;
        this.rules = new OutputRules(config.name(), ModelTensors.of(config), parameters.strictOutputs());
    }

    ModelTensors tensors() {
        return rules.tensors();
    }

    WorkerMemory shared() {
        return workers.shared();
    }

    boolean isDecoupled() {
        return config.decoupled();
    }

    boolean isIterative() {
        return config.iterative();
    }

    /** How long an execution may take; null for as long as it takes. */
    @Nullable
    Duration timeout() {
        return parameters.executeTimeout();
    }

    /** How long a model may take to end. */
    Duration stopLimit() {
        return workers.settings().stopLimit();
    }

    @Override
    public TensorData.Kind inputKind() {
        return TensorData.Kind.SHARED;
    }

    /** Each has a process of its own. */
    @Override
    public boolean createsInstancesAtOnce() {
        return true;
    }

    @Override
    public ModelInstance createInstance(InstancePlacement placement) throws InferenceException {
        Extents extents = new Extents();
        RunningRequests requests = new RunningRequests(extents);
        IncomingTensors incoming = new IncomingTensors(shared(), extents, workers.pooled());
        ResponseReader responses = new ResponseReader(rules, incoming);
        WorkerCalls calls = new WorkerCalls(config, workers, extents, requests, incoming, responses);
        WorkerProcess worker = workers.start(version, parameters.environment(), placement.name(), calls, LOG);
        try {
            boolean saysWhetherReady = start(worker, placement);
            calls.started();
            return new PythonInstance(placement, this, worker, extents, requests, responses, calls, saysWhetherReady);
        } catch (InferenceException | RuntimeException | Error e) {
            worker.close();
            calls.close();
            extents.close();
            throw e;
        }
    }

    /** Has the model initialize; says whether it has {@code is_ready}. */
    private boolean start(WorkerProcess worker, InstancePlacement placement) throws InferenceException {
        FrameWriter question = FirstQuestion.begin(MessageType.START, version, config)
                .str(WorkerArguments.args(version, config, placement))
                .str(WorkerArguments.options(config, placement.name()));
        return FirstQuestion.ask(worker, question, MessageType.STARTED, FrameReader::flag, LOG,
                "Failed to initialize Python stub");
    }

    @Override
    public void close() {
        // The instances have it all.
    }
}
