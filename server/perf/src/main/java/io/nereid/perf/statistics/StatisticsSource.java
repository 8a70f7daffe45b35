package io.nereid.perf.statistics;

import io.nereid.perf.json.JsonObject;

import java.io.IOException;

/** Asks a server for the statistics of a model. */
@FunctionalInterface
public interface StatisticsSource {
    /**
     * The answer to {@code GET /v2/models/M/stats}, or to the call {@code ModelStatistics}. Blocks.
     *
     * @throws IOException where the server gives none; its message says why
     */
    JsonObject statistics(String model) throws IOException;
}
