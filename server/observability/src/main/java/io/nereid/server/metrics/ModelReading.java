package io.nereid.server.metrics;

import io.nereid.backend.GpuMemory;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.QueueLoad;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.server.model.ServedModel;
import io.nereid.statistics.DeviceSnapshot;
import io.nereid.statistics.MetricsSnapshot;

/**
 * What one model version says at one moment.
 *
 * @param model the model's name
 * @param version of it
 * @param labels of the version
 * @param counts what it has done
 * @param load what waits for it
 * @param instances which of its instances work
 * @param inFlightRequests requests that were admitted and have no answer
 * @param inFlightBytes bytes of their bodies and answers
 */
record ModelReading(String model, long version, Labels labels, MetricsSnapshot counts, QueueLoad load,
        InstanceCounts instances,
        long inFlightRequests, long inFlightBytes) {
    private static final double NANOS_PER_SECOND = 1e9;

    static ModelReading of(ModelHandle<ServedModel> handle) {
        ServedModel model = handle.model();
        Labels named = Labels.NONE.with("model", handle.name());
        Labels labels = (handle.namespace().isEmpty() ? named : named.with("namespace", handle.namespace()))
                .with("version", Long.toString(handle.version()))
                .withTags(model.config().metricTags());
        return new ModelReading(handle.name(), handle.version(), labels, model.statistics().metrics(), model.load(),
                model.instances(),
                model.inFlight().requests(), model.inFlight().bytes());
    }

    /** Whether that is its memory. */
    boolean isOf(GpuMemory memory) {
        return memory.version() == version && memory.model().equals(model);
    }

    /** Whether the response cache knows it. */
    boolean cached() {
        return counts.cacheHit().count() + counts.cacheMiss().count() > 0;
    }

    /** Whether it has ever executed something, with success or not. */
    boolean executed() {
        return counts.devices().stream().anyMatch(device -> device.busyNanos() > 0 || device.executions() > 0);
    }

    /** How long it took to load. */
    double loadSeconds() {
        return counts.loadNanos() / NANOS_PER_SECOND;
    }

    /** For how long the oldest request has waited. */
    double oldestWaitSeconds() {
        return load.oldestWaitNanos() / NANOS_PER_SECOND;
    }

    /**
     * How long a request that comes now would wait for an instance. Where the scheduler does not measure executions:
     * what is queued takes its share of the instances' mean time for a request.
     */
    double estimatedWaitSeconds() {
        return (load.waitNanos().isPresent() ? load.waitNanos().getAsLong() : meanWaitNanos()) / NANOS_PER_SECOND;
    }

    private double meanWaitNanos() {
        long busyNanos = counts.devices().stream().mapToLong(DeviceSnapshot::busyNanos).sum();
        long requests = counts.devices().stream().mapToLong(DeviceSnapshot::success).sum();
        int instances = counts.instances().size();
        return requests == 0 || instances == 0 ? 0 : (double) load.requests() * busyNanos / requests / instances;
    }
}
