package io.nereid.server.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.device.Nvml;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorMemory;
import io.nereid.server.cache.ResponseCache;
import io.nereid.server.custommetrics.CustomMetrics;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ondemand.OnDemand;
import io.nereid.server.protocol.Admission;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** All metrics of one server. Thread-safe; one text is made at a time. */
public final class Metrics implements AutoCloseable {
    private final GpuMeters gpus;
    private final @Nullable GpuMetrics gpuMetrics;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final List<MetricSource> sources;

    private Metrics(GpuMeters gpus, @Nullable GpuMetrics gpuMetrics, List<MetricSource> sources) {
        this.gpus = gpus;
        this.gpuMetrics = gpuMetrics;
        this.sources = sources;
    }

    /**
     * The metrics of a server.
     *
     * @param inference lets requests in to its models
     * @param devices the GPUs, and what models have of them
     * @param admission the admission of all front ends together
     * @param memory where tensors lie
     * @param ledger what is held for clients
     * @param custom what models have defined
     * @param cache where answers are kept; null where none are
     * @param onDemand the models that are loaded on demand; null where none are
     */
    public static Metrics of(MetricsConfig config, InferenceService inference, GpuSources devices,
            Admission admission, TensorMemory memory, Ledger ledger, CustomMetrics custom,
            @Nullable ResponseCache cache, @Nullable OnDemand onDemand) {
        return of(config, inference, devices, admission, memory, ledger, custom, cache, onDemand,
                config.gpus() && config.enabled() ? NvmlMeters.find(devices.devices()) : GpuMeters.NONE);
    }

    /** The same with these GPU meters, which are closed with it. */
    static Metrics of(MetricsConfig config, InferenceService inference, GpuSources devices, Admission admission,
            TensorMemory memory, Ledger ledger, CustomMetrics custom,
            @Nullable ResponseCache cache, @Nullable OnDemand onDemand, GpuMeters gpus) {
        List<MetricSource> sources = new ArrayList<>();
        sources.add(new ModelMetrics(inference.models(), inference.refused(), devices, config.latencies()));
        sources.add(new ServerMetrics(inference.models(), admission, memory, devices.pinned()));
        sources.add(new LedgerMetrics(ledger));
        if (cache != null) {
            sources.add(new CacheMetrics(cache));
        }
        if (onDemand != null) {
            sources.add(new OnDemandMetrics(onDemand));
        }
        if (config.processors()) {
            sources.add(new MachineMetrics(Path.of("/proc"), NanoClock.SYSTEM, config.interval()));
        }
        GpuMetrics gpuMetrics = config.gpus() ? new GpuMetrics(gpus, NanoClock.SYSTEM, config.interval()) : null;
        if (gpuMetrics != null) {
            sources.add(gpuMetrics);
        }
        sources.add(new JvmMetrics());
        sources.add(new CustomMetricsSource(custom));
        return new Metrics(gpus, gpuMetrics, sources);
    }

    /** Everything as it is now, in Prometheus' text format 0.0.4. May take some milliseconds; not for an event loop. */
    public String text() {
        lock.lock();
        try {
            MetricsText text = new MetricsText();
            sources.forEach(source -> source.write(text));
            return text.toString();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The GPUs as their metrics have them, by UUID; none where there are no such metrics. May take some milliseconds;
     * not for an event loop.
     */
    public Map<String, Nvml.Reading> gpus() {
        if (gpuMetrics == null) {
            return Map.of();
        }
        lock.lock();
        try {
            return gpuMetrics.readings();
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what it measures with; nobody asks any more. */
    @Override
    public void close() {
        gpus.close();
    }
}
