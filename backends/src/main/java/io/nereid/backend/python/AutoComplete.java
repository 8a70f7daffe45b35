package io.nereid.backend.python;

import io.nereid.backend.ModelVersion;
import io.nereid.backend.python.message.FrameReader;
import io.nereid.backend.python.message.FrameWriter;
import io.nereid.backend.python.message.MalformedFrameException;
import io.nereid.backend.python.message.MessageType;
import io.nereid.backend.python.worker.WorkerGoneException;
import io.nereid.backend.python.worker.WorkerProcess;
import io.nereid.inference.ErrorCode;
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
     *     configuration
     */
    ModelConfig complete(ModelVersion version, ModelConfig config, ModelParameters parameters)
            throws InferenceException {
        boolean whole = !config.inputs().isEmpty() && !config.outputs().isEmpty();
        if (whole && !isNamed(version)) {
            return config;
        }
        String text = ask(version, config, parameters);
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

    private String ask(ModelVersion version, ModelConfig config, ModelParameters parameters) throws InferenceException {
        FrameWriter question = new FrameWriter(4096).begin(MessageType.COMPLETE)
                .str(version.modelDirectory().toString()).str(String.valueOf(version.version()))
                .str(config.defaultModelFilename()).str(config.toJson()).end();
        try (WorkerProcess worker = workers.start(version, parameters.environment(), config.name(), NoCalls.INSTANCE,
                LOG);
                WorkerProcess.Limit _ = worker.limit(LIMIT, "auto_complete_config took longer than "
                        + LIMIT.toMinutes() + " minutes")) {
            return read(worker, question);
        }
    }

    private static String read(WorkerProcess worker, FrameWriter question) throws InferenceException {
        try {
            FrameReader answer = worker.askFirst(question);
            return switch (answer.type()) {
                case MessageType.CONFIG -> answer.flag() ? answer.str() : "";
                case MessageType.FAILED -> throw failed(answer);
                default -> throw worker.broken(new MalformedFrameException("type " + answer.type()));
            };
        } catch (WorkerGoneException e) {
            throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
        } catch (MalformedFrameException e) {
            throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(worker.broken(e).getMessage()), e);
        }
    }

    private static InferenceException failed(FrameReader answer) throws MalformedFrameException {
        InferenceException error = answer.error();
        LOG.error("Failed to initialize Python stub for auto-complete: {}", error.text());
        return error;
    }
}
