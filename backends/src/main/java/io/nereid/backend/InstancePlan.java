package io.nereid.backend;

import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The instances of a model, and how the processors are shared among them: as many threads each as keep all of them
 * together within the budget. A backend takes another number only where the configuration says one.
 *
 * @param placements one for each instance, in the order of the groups
 * @param threadsPerInstance processors that each of them should use
 */
public record InstancePlan(List<InstancePlacement> placements, int threadsPerInstance) {
    /** The placements are copied. */
    public InstancePlan {
        placements = List.copyOf(placements);
    }

    /**
     * Lays out the groups of a complete configuration: each has a name, a count, and its GPUs where it is of that kind.
     * Passive instances get no work, and so no share of the processors.
     */
    public static InstancePlan of(ModelConfig config, CpuBudget cpus) {
        int instances = config.instanceGroups().stream().filter(group -> !group.passive())
                .mapToInt(InstancePlan::instances).sum();
        int threads = cpus.threadsPerInstance(instances);
        List<InstancePlacement> placements = new ArrayList<>();
        for (InstanceGroupConfig group : config.instanceGroups()) {
            place(group, threads, placements);
        }
        return new InstancePlan(placements, threads);
    }

    /** How many instances a group of a complete configuration has, on all its devices together. */
    public static int instances(InstanceGroupConfig group) {
        return group.count() * (group.kind() == InstanceGroupConfig.Kind.GPU ? group.gpus().size() : 1);
    }

    private static void place(InstanceGroupConfig group, int threads, List<InstancePlacement> placements) {
        switch (group.kind()) {
            case CPU -> placeOn(group, InstancePlacement.Kind.CPU, threads, placements);
            case MODEL -> placeOn(group, InstancePlacement.Kind.MODEL, threads, placements);
            case GPU -> placeOnGpus(group, threads, placements);
            case AUTO -> throw new IllegalArgumentException(
                    "instance group '" + group.name() + "': KIND_AUTO is resolved before instances are laid out");
        }
    }

    private static void placeOn(InstanceGroupConfig group, InstancePlacement.Kind kind, int threads,
            List<InstancePlacement> placements) {
        for (int i = 0; i < group.count(); i++) {
            placements.add(new InstancePlacement(group.name() + "_" + i, kind, 0, threads, group.passive()));
        }
    }

    private static void placeOnGpus(InstanceGroupConfig group, int threads, List<InstancePlacement> placements) {
        for (int gpu : group.gpus()) {
            for (int i = 0; i < group.count(); i++) {
                placements.add(new InstancePlacement(group.name() + "_" + i + "_gpu" + gpu,
                        InstancePlacement.Kind.GPU, gpu, threads, group.passive()));
            }
        }
    }

    /** How many of the instances are given work. */
    public int activeInstances() {
        return (int) placements.stream().filter(placement -> !placement.passive()).count();
    }

    /** One line for the log: what runs where, and why with so many threads. */
    public String describe(CpuBudget cpus) {
        String places = placements.stream()
                .map(placement -> placement.kind() == InstancePlacement.Kind.GPU ? "GPU " + placement.deviceId()
                        : placement.kind().name())
                .distinct().collect(Collectors.joining(", "));
        int passive = placements.size() - activeInstances();
        return placements.size() + (placements.size() == 1 ? " instance on " : " instances on ") + places
                + (passive == 0 ? "" : ", " + passive + " of them passive") + ", " + threadsPerInstance + " of "
                + cpus.processors() + " processors each unless configured otherwise"
                + (activeInstances() > cpus.processors() ? " (more instances than processors: they share them)" : "");
    }
}
