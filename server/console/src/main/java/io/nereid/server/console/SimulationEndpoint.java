package io.nereid.server.console;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.server.http.ErrorReply;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.loading.QueueSettings;
import io.nereid.server.protocol.OneAtATime;
import io.nereid.simulation.Report;
import io.nereid.simulation.Simulation;
import io.nereid.statistics.RecentRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * {@code /console/api/models/M/versions/V/simulation}: the requests of the last minute once more through the server's
 * own queue in simulated time, as the model is configured and as it might be. One simulation at a time: each takes some
 * milliseconds of a processor.
 */
final class SimulationEndpoint implements ConsoleEndpoint {
    /** Those count too whose clients have gone meanwhile. */
    private static final int MOST_WAITING = 8;

    private final Versions versions;
    private final WatchedVersions watched;
    private final OneAtATime turns = new OneAtATime(MOST_WAITING);

    SimulationEndpoint(Versions versions, WatchedVersions watched) {
        this.versions = versions;
        this.watched = watched;
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        versions.entry(path);
        return turns.call(() -> simulated(exchange, path)); // who waits for it holds neither a version nor its requests
    }

    private HttpReply simulated(HttpExchange exchange, ModelPath path) throws InferenceException {
        if (exchange.isAbandoned()) {
            throw new InferenceException(ErrorCode.CANCELLED, "the client has gone");
        }
        ModelHandle<ServedModel> handle = versions.models().acquire(path.model(), path.version());
        try {
            return answer(exchange, handle.model());
        } finally {
            handle.release();
        }
    }

    private HttpReply answer(HttpExchange exchange, ServedModel model) throws InferenceException {
        String unable = unable(model.config());
        if (unable != null) {
            return ErrorReply.of(exchange, HttpResponseStatus.CONFLICT, unable);
        }
        QueueSettings settings = QueueSettings.of(model.config());
        BatchPolicy current = settings.batches();
        BatchPolicy proposed = SimulationQuery.proposed(exchange.target(),
                new BatchPolicy(model.config().maxBatchSize(), current.preferredBatchSizes(),
                        current.maxQueueDelayNanos()));
        List<RecentRequest> requests = watched.requests(model.statistics());
        SortedMap<Integer, Long> serviceTimes = MeasuredLoad
                .serviceTimes(model.statistics().snapshot().batches());
        if (requests.isEmpty() || serviceTimes.isEmpty()) {
            return ErrorReply.of(exchange, HttpResponseStatus.CONFLICT, "nothing was measured yet: no request of the"
                    + " last minute has ended since the model is looked at; send some and ask again");
        }
        MeasuredLoad load = MeasuredLoad.of(requests, serviceTimes);
        int instances = Math.max(1, model.instances().working());
        long target = settings.targetP99Nanos();
        Report asItIs = Simulation.run(load.setup(current, settings.defaultPolicy(), instances).withTarget(target));
        Report asItMightBe = Simulation.run(load.setup(proposed, settings.defaultPolicy(), instances)
                .withTarget(proposed.equals(current) ? target : 0)); // sizes and delays that are given take its place
        return ConsoleReply.of(exchange, json -> write(json, load, asItIs, asItMightBe));
    }

    /** Why there is nothing to simulate; null where there is. */
    private static @Nullable String unable(ModelConfig config) {
        String model = "model '" + config.name() + "' ";
        return switch (config.scheduling()) {
            case EnsembleConfig _ -> model + "is an ensemble and has no batches of its own: simulate its steps";
            case SequenceBatchingConfig _ -> model + "batches sequences, which is not simulated";
            default -> config.maxBatchSize() > 1 ? null
                    : model + "does not batch (max_batch_size: " + config.maxBatchSize() + "): there is nothing to try";
        };
    }

    private static void write(JsonGenerator json, MeasuredLoad load, Report current, Report proposed)
            throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("measured");
        json.writeNumberField("arrivals_per_second", load.arrivalsPerSecond());
        json.writeNumberField("requests", load.requests().size());
        json.writeObjectFieldStart("service_time_ns_by_batch");
        for (Map.Entry<Integer, Long> size : load.service().nanosByRows().entrySet()) {
            json.writeNumberField(Integer.toString(size.getKey()), size.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
        write(json, "current", current);
        write(json, "proposed", proposed);
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, Report report) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeNumberField("queue_p50_ns", report.queueTime(0.5));
        json.writeNumberField("queue_p99_ns", report.queueTime(0.99));
        json.writeNumberField("latency_p50_ns", report.latency(0.5));
        json.writeNumberField("latency_p99_ns", report.latency(0.99));
        json.writeNumberField("mean_batch", report.meanBatch());
        json.writeObjectFieldStart("batch_sizes");
        for (int rows = 1; rows <= report.largestBatch(); rows++) {
            if (report.batchesOf(rows) > 0) {
                json.writeNumberField(Integer.toString(rows), report.batchesOf(rows));
            }
        }
        json.writeEndObject();
        json.writeNumberField("utilisation", report.utilisation());
        json.writeNumberField("rejected", report.notAnswered());
        json.writeEndObject();
    }
}
