package io.nereid.server.metrics;

import io.nereid.backend.GpuMemory;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.server.inference.RefusedRequests;
import io.nereid.server.model.AliasShare;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.config.HistogramFamily;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.statistics.DeviceSnapshot;
import io.nereid.statistics.HistogramSnapshot;
import io.nereid.statistics.InstanceSnapshot;
import io.nereid.statistics.MetricsSnapshot;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Phase;
import io.nereid.statistics.SummarySnapshot;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import static io.nereid.server.metrics.MetricsText.Type.COUNTER;
import static io.nereid.server.metrics.MetricsText.Type.GAUGE;
import static io.nereid.server.metrics.MetricsText.Type.HISTOGRAM;
import static io.nereid.server.metrics.MetricsText.Type.SUMMARY;

/**
 * What the ready versions of the models did, under Triton's names and under our own. A version that is unloaded has
 * none, one that is loaded again begins anew. Triton's are there from the load on; of our own counters and histograms
 * those of which there is something to show, since most of a thousand models have done nothing yet.
 */
final class ModelMetrics implements MetricSource {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final long NANOS_PER_MICRO = 1_000;

    private final ModelCatalog models;
    private final Map<Integer, String> gpuUuids = new HashMap<>();
    private final LatencySettings latencies;
    private final RefusedRequests refused;
    private final Supplier<List<GpuMemory>> gpuMemory;

    ModelMetrics(ModelCatalog models, RefusedRequests refused, GpuSources gpus, LatencySettings latencies) {
        this.models = models;
        this.refused = refused;
        this.latencies = latencies;
        this.gpuMemory = gpus.held();
        gpus.devices().devices().forEach(device -> gpuUuids.put(device.id(), device.uuid()));
    }

    @Override
    public void write(MetricsText text) {
        List<ModelReading> readings = read();
        writeCounts(text, readings);
        writeTimes(text, readings);
        writeQueues(text, readings);
        writeInstances(text, readings);
        writeHistograms(text, readings);
        writeReasons(text, readings);
        writeAliases(text, readings);
        writeGpuMemory(text, readings, gpuMemory.get(), this::uuid);
        writeCache(text, readings.stream().filter(ModelReading::cached).toList());
    }

    /** Of the models that have aliases; where none has there are no such families. */
    private void writeAliases(MetricsText text, List<ModelReading> readings) {
        Map<Labels, AliasShare> shares = new LinkedHashMap<>();
        Map<String, List<AliasShare>> ofModels = new HashMap<>();
        for (ModelReading reading : readings) {
            ofModels.computeIfAbsent(reading.model(), models::aliasShares).stream()
                    .filter(share -> share.version() == reading.version())
                    .forEach(share -> shares.put(reading.labels().with("alias", share.alias()), share));
        }
        if (shares.isEmpty()) {
            return;
        }
        text.family("nereid_alias_requests_total", COUNTER,
                "Requests to an alias of the model that came to the version");
        shares.forEach((labels, share) -> text.sample(labels, share.requests()));
        text.family("nereid_alias_weight_ratio", GAUGE,
                "Share of the requests to an alias of the model that the version gets now, from 0 to 1");
        shares.forEach((labels, share) -> text.sample(labels, share.weight()));
    }

    /** Of the versions that have instances on GPUs; where none has there is no such family. */
    static void writeGpuMemory(MetricsText text, List<ModelReading> readings, List<GpuMemory> held,
            IntFunction<String> uuids) {
        if (held.isEmpty()) {
            return;
        }
        text.family("nereid_model_gpu_memory_bytes", GAUGE,
                "Memory of the GPU that the model's instances hold: weights, activations, inputs and outputs, in bytes");
        for (ModelReading reading : readings) {
            held.stream().filter(reading::isOf).forEach(memory -> text.sample(
                    reading.labels().with("gpu_uuid", uuids.apply(memory.device())), memory.bytes()));
        }
    }

    /** Of the versions that have asked the response cache; where none has, as in Triton, there are no such families. */
    private static void writeCache(MetricsText text, List<ModelReading> cached) {
        if (cached.isEmpty()) {
            return;
        }
        counter(text, cached, "nv_cache_num_hits_per_model", "Requests that the response cache answered",
                counts -> counts.cacheHit().count());
        counter(text, cached, "nv_cache_num_misses_per_model", "Requests that the response cache had no answer for",
                counts -> counts.cacheMiss().count());
        counter(text, cached, "nv_cache_hit_duration_per_model",
                "Time of the requests that the response cache answered, in microseconds",
                counts -> counts.cacheHit().nanos() / NANOS_PER_MICRO);
        counter(text, cached, "nv_cache_miss_duration_per_model",
                "Time for looking up and keeping what the response cache had no answer for, in microseconds",
                counts -> counts.cacheMiss().nanos() / NANOS_PER_MICRO);
    }

    private static void counter(MetricsText text, List<ModelReading> readings, String name, String help,
            ToLongFunction<MetricsSnapshot> value) {
        text.family(name, COUNTER, help);
        readings.forEach(reading -> text.sample(reading.labels(), value.applyAsLong(reading.counts())));
    }

    private List<ModelReading> read() {
        List<ModelReading> readings = new ArrayList<>();
        for (ModelHandle<ServedModel> handle : models.acquireAll()) {
            readings.add(ModelReading.of(handle));
            handle.release();
        }
        return readings;
    }

    private void writeCounts(MetricsText text, List<ModelReading> readings) {
        text.family("nv_inference_request_success", COUNTER,
                "Inference requests that were answered, of all batch sizes");
        perDevice(text, readings, DeviceSnapshot::success);
        text.family("nv_inference_request_failure", COUNTER, "Inference requests that failed, by reason");
        for (ModelReading reading : readings) {
            reading.counts().failures().forEach(
                    (reason, count) -> text.sample(reading.labels().with("reason", reason.name()), count));
        }
        text.family("nv_inference_count", COUNTER, "Inferences: a request of batch size n counts n times");
        perDevice(text, readings, DeviceSnapshot::inferences);
        text.family("nv_inference_exec_count", COUNTER, "Executions of the model: a batch of requests counts once");
        perDevice(text, readings, DeviceSnapshot::executions);
    }

    private void writeTimes(MetricsText text, List<ModelReading> readings) {
        for (Phase phase : Phase.values()) {
            String name = phase.name().toLowerCase(Locale.ROOT);
            if (latencies.counters()) {
                text.family("nv_inference_" + name + "_duration_us", COUNTER,
                        help(phase) + ", added up, in microseconds");
                perDevice(text, readings, device -> device.micros().getOrDefault(phase, 0L));
            }
            if (latencies.summaries()) {
                text.family("nv_inference_" + name + "_summary_us", SUMMARY,
                        help(phase) + ", quantiles of the last minute, in microseconds");
                writeSummaries(text, readings, phase);
            }
        }
    }

    private void writeSummaries(MetricsText text, List<ModelReading> readings, Phase phase) {
        for (ModelReading reading : readings) {
            for (DeviceSnapshot device : reading.counts().devices()) {
                SummarySnapshot summary = device.summaries().get(phase);
                if (summary != null) {
                    text.summary(labels(reading, device), summary);
                }
            }
        }
    }

    private static String help(Phase phase) {
        return switch (phase) {
            case REQUEST -> "Time of successful requests from their arrival to the end of their execution";
            case QUEUE -> "Time that successful requests waited for an instance";
            case COMPUTE_INPUT -> "Time for preparing the inputs of successful requests";
            case COMPUTE_INFER -> "Time for computing successful requests";
            case COMPUTE_OUTPUT -> "Time for sharing out the outputs of successful requests";
        };
    }

    private static void writeQueues(MetricsText text, List<ModelReading> readings) {
        gauge(text, readings, "nv_inference_pending_request_count", "Inference requests that wait for an instance",
                reading -> reading.load().requests());
        gauge(text, readings, "nv_model_load_duration_secs", "How long the version took to load, in seconds",
                ModelReading::loadSeconds);
        gauge(text, readings, "nereid_inference_oldest_request_age_seconds",
                "For how long the oldest request has waited for an instance, in seconds",
                ModelReading::oldestWaitSeconds);
        gauge(text, readings, "nereid_estimated_wait_seconds",
                "How long a request that comes now is predicted to wait for an instance, in seconds",
                ModelReading::estimatedWaitSeconds);
        gauge(text, readings, "nereid_inference_inflight_requests",
                "Inference requests that were admitted and have no answer", ModelReading::inFlightRequests);
        gauge(text, readings, "nereid_inference_inflight_bytes", "Bytes of their bodies and answers",
                ModelReading::inFlightBytes);
    }

    /** Of the versions that had an instance that was gone. */
    private static void writeInstances(MetricsText text, List<ModelReading> readings) {
        text.family("nereid_instances", GAUGE, "Instances of the model by state");
        List<ModelReading> everGone = readings.stream().filter(reading -> reading.instances().gone() > 0).toList();
        for (ModelReading reading : everGone) {
            InstanceCounts counts = reading.instances();
            text.sample(reading.labels().with("state", "working"), counts.working());
            text.sample(reading.labels().with("state", "starting"), counts.starting());
            text.sample(reading.labels().with("state", "waiting"), counts.waiting());
        }
        text.family("nereid_instances_gone_total", COUNTER, "Instances that were gone, as when their process died");
        everGone.forEach(reading -> text.sample(reading.labels(), reading.instances().gone()));
        text.family("nereid_instances_replaced_total", COUNTER, "Instances made in the place of one that was gone");
        everGone.forEach(reading -> text.sample(reading.labels(), reading.instances().replaced()));
    }

    private void writeHistograms(MetricsText text, List<ModelReading> readings) {
        if (latencies.histograms()) {
            histogram(text, readings, HistogramFamily.FIRST_RESPONSE,
                    "Time from a request's arrival to its first response, in milliseconds",
                    reading -> reading.counts().firstResponse());
        }
        if (latencies.ownHistograms()) {
            writeOwnHistograms(text, readings.stream().filter(ModelReading::executed).toList());
        }
    }

    private static void writeOwnHistograms(MetricsText text, List<ModelReading> executed) {
        histogram(text, executed, HistogramFamily.REQUESTS,
                "Time of successful requests from their arrival to the end of their execution, in seconds",
                reading -> reading.counts().requests());
        histogram(text, executed, HistogramFamily.QUEUE,
                "Time that successful requests waited for an instance, in seconds",
                reading -> reading.counts().queue());
        histogram(text, executed, HistogramFamily.COMPUTE, "Time of successful requests on an instance, in seconds",
                reading -> reading.counts().compute());
        histogram(text, executed, HistogramFamily.BATCH_SIZE, "Rows of the executions",
                reading -> reading.counts().batchSize());
    }

    /** A reason has a sample from its first time on; an instance, from the first execution of the version on. */
    private void writeReasons(MetricsText text, List<ModelReading> readings) {
        text.family("nereid_inference_rejected_total", COUNTER, "Inference requests that were not run, by reason");
        readings.forEach(reading -> writeReasons(text, reading.labels(), reading.counts().rejected()));
        writeReasons(text, Labels.NONE, refused.counts());
        text.family("nereid_inference_batches_total", COUNTER, "Executions of the model by what closed their batch");
        readings.forEach(reading -> writeReasons(text, reading.labels(), reading.counts().closedBy()));
        text.family("nereid_instance_busy_seconds_total", COUNTER, "Time an instance spent on executions, in seconds");
        readings.stream().filter(ModelReading::executed).forEach(reading -> busyNanos(reading)
                .forEach((instance, nanos) -> text.sample(reading.labels().with("instance_name", instance),
                        nanos / NANOS_PER_SECOND)));
    }

    private static void writeReasons(MetricsText text, Labels labels, Map<? extends Enum<?>, Long> counts) {
        counts.forEach((reason, count) -> {
            if (count > 0) {
                text.sample(labels.with("reason", reason.name().toLowerCase(Locale.ROOT)), count);
            }
        });
    }

    /** By name: while instance groups change two instances may have the same, but two samples must not. */
    private static Map<String, Long> busyNanos(ModelReading reading) {
        Map<String, Long> busyNanos = new LinkedHashMap<>();
        for (InstanceSnapshot instance : reading.counts().instances()) {
            busyNanos.merge(instance.name(), instance.busyNanos(), Long::sum);
        }
        return busyNanos;
    }

    private void perDevice(MetricsText text, List<ModelReading> readings, ToDoubleFunction<DeviceSnapshot> value) {
        for (ModelReading reading : readings) {
            for (DeviceSnapshot device : reading.counts().devices()) {
                text.sample(labels(reading, device), value.applyAsDouble(device));
            }
        }
    }

    private Labels labels(ModelReading reading, DeviceSnapshot device) {
        if (device.gpu() == ModelStatistics.NO_GPU) {
            return reading.labels();
        }
        return reading.labels().with("gpu_uuid", uuid(device.gpu()));
    }

    private String uuid(int gpu) {
        String uuid = gpuUuids.getOrDefault(gpu, "");
        return uuid.isEmpty() ? Integer.toString(gpu) : uuid;
    }

    private static void gauge(MetricsText text, List<ModelReading> readings, String name, String help,
            ToDoubleFunction<ModelReading> value) {
        text.family(name, GAUGE, help);
        readings.forEach(reading -> text.sample(reading.labels(), value.applyAsDouble(reading)));
    }

    private static void histogram(MetricsText text, List<ModelReading> readings, HistogramFamily family, String help,
            Function<ModelReading, HistogramSnapshot> histogram) {
        text.family(family.metric(), HISTOGRAM, help);
        readings.forEach(reading -> text.histogram(reading.labels(), histogram.apply(reading), family.decimals()));
    }
}
