package io.nereid.perf.statistics;

import io.nereid.perf.json.JsonObject;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a server had counted at one moment.
 *
 * @param models the measured model first, then those that it calls; empty where the server gave no statistics
 * @param missing why there are none; empty where there are some
 */
public record StatisticsSnapshot(List<ModelStatistics> models, String missing) {
    public StatisticsSnapshot {
        models = List.copyOf(models);
    }

    /**
     * Asks for each of these models. A server without statistics is no error: a measurement goes without.
     *
     * @param names the measured model first
     */
    public static StatisticsSnapshot take(StatisticsSource source, List<String> names) {
        List<ModelStatistics> models = new ArrayList<>();
        for (String name : names) {
            try {
                models.add(read(name, source.statistics(name)));
            } catch (IOException problem) {
                return new StatisticsSnapshot(List.of(),
                        "the server gives no statistics of the model " + name + ": " + problem.getMessage());
            }
        }
        return new StatisticsSnapshot(models, "");
    }

    private static ModelStatistics read(String name, JsonObject answer) throws IOException {
        ModelStatistics sum = ModelStatistics.none(name);
        boolean found = false;
        for (JsonObject version : answer.objects("model_stats")) {
            if (version.text("name").equals(name)) {
                sum = sum.plus(ModelStatistics.of(name, version));
                found = true;
            }
        }
        if (!found) {
            throw new IOException("its answer does not name the model");
        }
        return sum;
    }

    /** What was counted from an earlier moment to this. */
    public ServerStatistics since(StatisticsSnapshot before) {
        if (models.isEmpty() || before.models.isEmpty()) {
            return ServerStatistics.none(missing.isEmpty() ? before.missing : missing);
        }
        List<ModelStatistics> differences = new ArrayList<>();
        for (ModelStatistics model : models) {
            ModelStatistics earlier = before.models.stream().filter(one -> one.model().equals(model.model()))
                    .findFirst().orElseGet(() -> ModelStatistics.none(model.model()));
            ModelStatistics difference = model.minus(earlier);
            if (difference.wentBack()) {
                return ServerStatistics.none("the counters of the model " + model.model()
                        + " began anew: it was loaded again, or the server was started again");
            }
            differences.add(difference);
        }
        return new ServerStatistics(differences, "");
    }
}
