package io.nereid.backend.python;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.worker.FirstQuestion;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.ModelInWorkers;
import io.nereid.backend.worker.ModelTensors;
import io.nereid.backend.worker.OutputRules;
import io.nereid.backend.worker.ResponseReader;
import io.nereid.backend.worker.RunningRequests;
import io.nereid.backend.worker.WorkerModel;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A version of a Python model. Thread-safe. */
final class PythonModel extends ModelInWorkers<WorkerCalls> {
    private static final Logger LOG = LoggerFactory.getLogger(PythonModel.class);

    private final Workers workers;
    private final ModelVersion version;
    private final ModelConfig config;
    private final ModelParameters parameters;

    PythonModel(Workers workers, ModelVersion version, ModelConfig config, ModelParameters parameters) {
        this(workers, version, config, parameters,
                new OutputRules(config.name(), ModelTensors.of(config), parameters.strictOutputs()));
    }

    private PythonModel(Workers workers, ModelVersion version, ModelConfig config, ModelParameters parameters,
            OutputRules rules) {
        super(new WorkerModel(rules.tensors(), workers.shared(), config.decoupled(), config.iterative(), false,
                parameters.executeTimeout(), workers.settings().stopLimit()), rules, workers.pooled());
        this.workers = workers;
        this.version = version;
        this.config = config;
        this.parameters = parameters;
    }

    @Override
    protected WorkerCalls calls(InstancePlacement placement, Extents extents, RunningRequests requests,
            IncomingTensors incoming, ResponseReader responses) {
        return new WorkerCalls(config, workers, extents, requests, incoming, responses);
    }

    @Override
    protected WorkerProcess start(InstancePlacement placement, WorkerCalls calls) throws InferenceException {
        return workers.start(version, parameters.environment(), placement.name(), calls, LOG);
    }

    /** Has the model initialize, which says whether it has {@code is_ready}. */
    @Override
    protected void open(WorkerProcess worker, WorkerCalls calls, InstancePlacement placement)
            throws InferenceException {
        FrameWriter question = WorkerArguments.question(MessageType.START, version, config)
                .str(WorkerArguments.args(version, config, placement))
                .str(WorkerArguments.options(config, placement.name()));
        calls.started(FirstQuestion.ask(worker, question, MessageType.STARTED, FrameReader::flag, LOG,
                "Failed to initialize Python stub"));
    }
}
