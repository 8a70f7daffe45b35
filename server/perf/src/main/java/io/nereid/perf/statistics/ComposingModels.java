package io.nereid.perf.statistics;

import io.nereid.perf.json.JsonObject;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which models an ensemble calls, also through another ensemble. */
public final class ComposingModels {
    private ComposingModels() {}

    /** Asks a server for the configuration of a model. */
    @FunctionalInterface
    public interface ConfigurationSource {
        /** The answer to {@code GET /v2/models/M/config}, or the config of the call {@code ModelConfig}. Blocks. */
        JsonObject configuration(String model) throws IOException;
    }

    /**
     * The model and all that it calls, each once, the caller before the called. A configuration that the server does not
     * give calls none.
     */
    public static List<String> withCaller(String model, ConfigurationSource source) {
        Set<String> found = new LinkedHashSet<>();
        add(model, source, found);
        return List.copyOf(found);
    }

    private static void add(String model, ConfigurationSource source, Set<String> found) {
        if (!found.add(model)) {
            return;
        }
        try {
            source.configuration(model).object("ensemble_scheduling").objects("step")
                    .forEach(step -> add(step.text("model_name"), source, found));
        } catch (IOException _) {
            // A server without configurations; the model's own statistics are asked for all the same.
        }
    }
}
