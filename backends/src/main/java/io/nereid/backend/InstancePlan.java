package io.nereid.backend;

import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The instances of a model, and how the processors are shared among them: as many threads each as keep all of them
 * together within the budget, where the configuration does not say how many.
 *
 * @param placements one for each instance, in the order of the groups
 * @param cpuInstances how many of them run on the CPU
 * @param threadsPerInstance what each of those should use
 */
public record InstancePlan(List<InstancePlacement> placements, int cpuInstances, int threadsPerInstance) {
    /** The placements are copied. */
    public InstancePlan {
        placements = List.copyOf(placements);
    }

    /**
     * Lays out the groups of a complete configuration: each has a name, a count, and its GPUs where it is of that kind.
     * Passive groups are laid out as the others: whether they are given work is the scheduler's matter.
     */
    public static InstancePlan of(ModelConfig config, CpuBudget cpus) {
        int cpuInstances = config.instanceGroups().stream()
                .filter(group -> group.kind() == InstanceGroupConfig.Kind.CPU).mapToInt(InstanceGroupConfig::count)
                .sum();
        int threads = cpus.threadsPerInstance(cpuInstances);
        List<InstancePlacement> placements = new ArrayList<>();
        for (InstanceGroupConfig group : config.instanceGroups()) {
            place(group, threads, placements);
        }
        return new InstancePlan(placements, cpuInstances, threads);
    }

    private static void place(InstanceGroupConfig group, int threads, List<InstancePlacement> placements) {
        switch (group.kind()) {
            case CPU -> placeOn(group, InstancePlacement.Kind.CPU, threads, placements);
            case MODEL -> placeOn(group, InstancePlacement.Kind.MODEL, threads, placements);
            case GPU -> placeOnGpus(group, placements);
            case AUTO -> throw new IllegalArgumentException(
                    "instance group '" + group.name() + "': KIND_AUTO is resolved before instances are laid out");
        }
    }

    private static void placeOn(InstanceGroupConfig group, InstancePlacement.Kind kind, int threads,
            List<InstancePlacement> placements) {
        for (int i = 0; i < group.count(); i++) {
            placements.add(new InstancePlacement(group.name() + "_" + i, kind, 0, threads));
        }
    }

    private static void placeOnGpus(InstanceGroupConfig group, List<InstancePlacement> placements) {
        for (int gpu : group.gpus()) {
            for (int i = 0; i < group.count(); i++) {
                placements.add(new InstancePlacement(group.name() + "_" + i + "_gpu" + gpu,
                        InstancePlacement.Kind.GPU, gpu, 1));
            }
        }
    }

    /** One line for the log: what runs where. */
    public String describe(CpuBudget cpus) {
        String gpus = placements.stream().filter(placement -> placement.kind() == InstancePlacement.Kind.GPU)
                .map(placement -> String.valueOf(placement.deviceId())).distinct().collect(Collectors.joining(","));
        return placements.size() + " instance(s)" + (gpus.isEmpty() ? "" : ", GPU " + gpus)
                + (cpuInstances == 0 ? ""
                        : ", " + cpuInstances + " on the CPU with " + threadsPerInstance + " thread(s) each of "
                                + cpus.processors() + " processor(s)");
    }
}
