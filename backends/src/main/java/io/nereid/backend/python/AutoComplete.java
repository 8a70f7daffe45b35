package io.nereid.backend.python;

import io.nereid.backend.Abandonment;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.worker.FirstQuestion;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Has a model complete its configuration, in a worker that lives for that only. Thread-safe. */
final class AutoComplete {
    private static final Logger LOG = LoggerFactory.getLogger(AutoComplete.class);
    /** Importing what a model needs may take minutes, from a cold disk. */
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final String FUNCTION = "auto_complete_config";

    private final Workers workers;

    AutoComplete(Workers workers) {
        this.workers = workers;
    }

    /**
     * What the configuration becomes. A complete one is asked about only if a file of the model names the function: a
     * worker is not started for nothing.
     *
     * @throws InferenceException if the model cannot be imported, its function fails, or what it returns is no
     *     configuration, or when it is abandoned
     */
    ModelConfig complete(ModelVersion version, ModelConfig config, ModelParameters parameters,
            Abandonment abandonment) throws InferenceException {
        boolean whole = !config.inputs().isEmpty() && !config.outputs().isEmpty();
        if (whole && !isNamed(version)) {
            return config;
        }
        String text = ask(version, config, parameters, abandonment);
        return text.isEmpty() ? config
                : ModelConfigParser.parseJson(config.name(), "auto_complete_config", text, name -> Files
                        .exists(version.versionDirectory().resolve(name)));
    }

    private static boolean isNamed(ModelVersion version) {
        return Stream.of(version.versionDirectory(), version.modelDirectory()).anyMatch(AutoComplete::isNamedIn);
    }

    private static boolean isNamedIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".py")).toList();
            for (Path source : sources) {
                String text = Files.readString(source, StandardCharsets.ISO_8859_1);
                if (text.contains(FUNCTION)) {
                    return true;
                }
            }
            return false;
        } catch (IOException _) {
            return true; // the worker will say what is wrong
        }
    }

    private String ask(ModelVersion version, ModelConfig config, ModelParameters parameters, Abandonment abandonment)
            throws InferenceException {
        FrameWriter question = WorkerArguments.question(MessageType.COMPLETE, version, config).str(config.toJson());
        try (WorkerProcess worker = workers.start(version, parameters.environment(), config.name(), NoCalls.INSTANCE,
                LOG);
                WorkerProcess.Limit _ = worker.limit(LIMIT, "auto_complete_config took longer than "
                        + LIMIT.toMinutes() + " minutes");
                Abandonment.Watch _ = abandonment.watch(worker::kill)) {
            return FirstQuestion.ask(worker, question, MessageType.CONFIG, answer -> answer.flag() ? answer.str() : "",
                    LOG, "Failed to initialize Python stub for auto-complete");
        }
    }
}
