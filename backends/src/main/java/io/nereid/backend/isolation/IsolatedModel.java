package io.nereid.backend.isolation;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.worker.CallAnswers;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.MemoryCalls;
import io.nereid.backend.worker.ModelInWorkers;
import io.nereid.backend.worker.ModelTensors;
import io.nereid.backend.worker.OutputRules;
import io.nereid.backend.worker.ResponseReader;
import io.nereid.backend.worker.RunningRequests;
import io.nereid.backend.worker.WorkerModel;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.process.Replies;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/** A version of an isolated model. Thread-safe. */
final class IsolatedModel extends ModelInWorkers<IsolatedModel.Calls> {
    private static final Logger LOG = LoggerFactory.getLogger(IsolatedModel.class);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final Workers workers;
    private final ModelVersion version;
    private final ModelConfig config;
    private final IsolationSettings settings;

    IsolatedModel(Workers workers, ModelVersion version, ModelConfig config, IsolationSettings settings) {
        this(workers, version, config, settings,
                new OutputRules(config.name(), ModelTensors.asClientsSee(config), false));
    }

    private IsolatedModel(Workers workers, ModelVersion version, ModelConfig config, IsolationSettings settings,
            OutputRules rules) {
        super(new WorkerModel(rules.tensors(), workers.shared(), false, false, true, settings.executeTimeout(),
                STOP_LIMIT), rules, workers.pooled());
        this.workers = workers;
        this.version = version;
        this.config = config;
        this.settings = settings;
    }

    @Override
    protected Calls calls(InstancePlacement placement, Extents extents, RunningRequests requests,
            IncomingTensors incoming, ResponseReader responses) {
        return new Calls(new MemoryCalls(config.name(), workers.shared(), extents, LOG));
    }

    @Override
    protected WorkerProcess start(InstancePlacement placement, Calls calls) throws InferenceException {
        return workers.start(version, placement.name(), settings, calls);
    }

    @Override
    protected void open(WorkerProcess worker, Calls calls, InstancePlacement placement) throws InferenceException {
        workers.open(worker, version, config, placement, settings);
    }

    /** A worker asks for memory, and for nothing else. */
    record Calls(MemoryCalls memory) implements CallAnswers {
        @Override
        public void handle(FrameReader call, Replies replies) throws MalformedFrameException {
            memory.handle(call, call.i64(), replies);
        }

        @Override
        public void close() {
            // It has nothing under way.
        }
    }
}
