package io.nereid.backend.isolation;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.FirstQuestion;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.CallHandler;
import io.nereid.backend.worker.process.WorkerCommand;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.util.List;

/** Starts workers and asks them their first question. Thread-safe. */
final class Workers {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final CallHandler NO_CALLS = (call, _) -> {
        throw new MalformedFrameException("a call of type " + call.type() + " where a model is only looked at");
    };

    private final BackendEnvironment environment;
    private final WorkerMemory shared;
    private final Program program;

    /** The program that workers run. */
    @FunctionalInterface
    interface Program {
        /**
         * How a worker is started.
         *
         * @param memory what it maps
         * @throws InferenceException if it cannot be here
         */
        WorkerCommand command(IsolationSettings settings, String memory) throws InferenceException;
    }

    Workers(BackendEnvironment environment, WorkerMemory shared, Program program) {
        this.environment = environment;
        this.shared = shared;
        this.program = program;
    }

    WorkerMemory shared() {
        return shared;
    }

    /** Where short outputs go. */
    TensorAllocator pooled() {
        return environment.memory();
    }

    /**
     * Starts a worker, which has not been asked anything yet.
     *
     * @param name of the instance, for texts
     * @throws InferenceException if no worker can be started
     */
    WorkerProcess start(ModelVersion version, String name, IsolationSettings settings, CallHandler calls)
            throws InferenceException {
        WorkerCommand command = program.command(settings, shared.argument());
        return WorkerProcess.start(name, version.model() + "/" + name, command, calls, LOG);
    }

    /**
     * Has a worker, which lives for that only, complete a configuration.
     *
     * @throws InferenceException if the model cannot be opened, contradicts the configuration, or ends the worker, or
     *     when it is abandoned
     */
    ModelConfig complete(ModelVersion version, ModelConfig config, IsolationSettings settings, Abandonment abandonment)
            throws InferenceException {
        FrameWriter question = question(MessageType.COMPLETE, version, config);
        try (WorkerProcess worker = start(version, config.name(), settings, NO_CALLS);
                WorkerProcess.Limit _ = limit(worker, settings);
                Abandonment.Watch _ = abandonment.watch(worker::kill)) {
            String text = FirstQuestion.ask(worker, question, MessageType.CONFIG,
                    answer -> answer.flag() ? answer.str() : "", LOG, "a worker could not look at the model");
            return text.isEmpty() ? config
                    : ModelConfigParser.parseJson(config.name(), "the model", text,
                            name -> Files.exists(version.versionDirectory().resolve(name)));
        }
    }

    /**
     * Has a worker open the model for an instance.
     *
     * @throws InferenceException if the model cannot be opened, does not fit its configuration, or ends the worker
     */
    void open(WorkerProcess worker, ModelVersion version, ModelConfig config, InstancePlacement placement,
            IsolationSettings settings) throws InferenceException {
        FrameWriter question = question(MessageType.START, version, config).str(placement.name())
                .str(placement.kind().name()).u32(placement.threads());
        try (WorkerProcess.Limit _ = limit(worker, settings)) {
            boolean _ = FirstQuestion.ask(worker, question, MessageType.STARTED, FrameReader::flag, LOG,
                    "a worker could not open the model");
        }
    }

    private static WorkerProcess.Limit limit(WorkerProcess worker, IsolationSettings settings) {
        return worker.limit(settings.loadTimeout(), "opening the model took longer than "
                + IsolationSettings.LOAD_TIMEOUT + " allows, " + settings.loadTimeout().toMillis() + " ms");
    }

    private FrameWriter question(int type, ModelVersion version, ModelConfig config) {
        List<String> settings = environment.settings().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue()).sorted().toList();
        return new FrameWriter(4096).begin(type).str(version.model()).u64(version.version())
                .str(version.modelDirectory().toString()).str(version.versionDirectory().toString())
                .str(config.toJson()).strings(settings);
    }
}
