package io.nereid.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What several instances of one model version did together, in all and by device. Not thread-safe. */
final class InstanceTotals {
    private final StatisticsSettings settings;
    private final ExecutionSums executions;
    private final TreeMap<Integer, DeviceSums> devices = new TreeMap<>();
    private final List<InstanceSnapshot> instances = new ArrayList<>();

    InstanceTotals(StatisticsSettings settings) {
        this.settings = settings;
        this.executions = new ExecutionSums(settings);
    }

    void add(ExecutionSums executed, DeviceSums onDevice, long nowMillis) {
        executions.add(executed);
        add(onDevice, nowMillis);
    }

    /** Adds to the instances that there are. */
    void add(InstanceSnapshot instance) {
        instances.add(instance);
    }

    /** Adds what others did; they are none of the instances that there are. */
    void add(InstanceTotals other, long nowMillis) {
        executions.add(other.executions);
        other.devices.values().forEach(device -> add(device, nowMillis));
    }

    private void add(DeviceSums device, long nowMillis) {
        devices.computeIfAbsent(device.gpu(), gpu -> new DeviceSums(gpu, settings.quantiles(), nowMillis))
                .add(device, nowMillis);
    }

    ExecutionSums executions() {
        return executions;
    }

    List<InstanceSnapshot> instances() {
        return List.copyOf(instances);
    }

    /** What was done on each device, the CPU first. */
    List<DeviceSnapshot> devices() {
        return devices.values().stream().map(DeviceSums::snapshot).toList();
    }
}
