package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.List;

/** Resolves a model's instance groups against the devices of the machine and the preferences of the backend. */
final class InstanceGroups {
    /** Of all groups, and groups: each instance has a thread, so more than these take the server with them. */
    private static final int MAX_INSTANCES = 1024;

    private final ModelConfig config;
    private final List<InstanceGroupConfig> preferred;
    private final Gpus gpus;

    InstanceGroups(ModelConfig config, List<InstanceGroupConfig> preferred, Gpus gpus) {
        this.config = config;
        this.preferred = preferred;
        this.gpus = gpus;
    }

    /** The groups with name, kind, count and devices. */
    List<InstanceGroupConfig> resolve() {
        List<InstanceGroupConfig> groups = config.instanceGroups();
        if (groups.isEmpty()) {
            groups = List.of(named(proposed(), config.name()));
        }
        List<InstanceGroupConfig> resolved = new ArrayList<>(groups.size());
        for (int i = 0; i < groups.size(); i++) {
            InstanceGroupConfig group = groups.get(i);
            String name = group.name().isEmpty() ? config.name() + "_" + i : group.name();
            resolved.add(resolve(named(group, name)));
        }
        return resolved;
    }

    /** The backend's first group that this machine can run. */
    private InstanceGroupConfig proposed() {
        for (InstanceGroupConfig group : preferred) {
            if (group.kind() != InstanceGroupConfig.Kind.GPU) {
                return group;
            }
            List<Integer> usable = usable(group.gpus());
            if (!gpus.none() && (group.gpus().isEmpty() || !usable.isEmpty())) {
                return InstanceGroupConfig.of(group.kind(), group.count(), usable);
            }
        }
        return InstanceGroupConfig.of(InstanceGroupConfig.Kind.AUTO, 0, List.of());
    }

    private InstanceGroupConfig resolve(InstanceGroupConfig group) {
        InstanceGroupConfig.Kind kind = kind(group);
        boolean instead = kind == InstanceGroupConfig.Kind.CPU && group.kind() != InstanceGroupConfig.Kind.CPU;
        int count = group.count();
        List<Integer> devices = instead ? List.of() : group.gpus();
        for (InstanceGroupConfig preference : preferred) {
            if (preference.kind() == kind) {
                count = count < 1 ? preference.count() : count;
                boolean none = kind == InstanceGroupConfig.Kind.GPU && devices.isEmpty();
                devices = none ? usable(preference.gpus()) : devices;
            }
        }
        if (count < 1) {
            count = defaultCount(kind);
        }
        if (kind == InstanceGroupConfig.Kind.GPU && devices.isEmpty()) {
            devices = gpus.ids();
        }
        return new InstanceGroupConfig(group.name(), kind, count, group.rateLimiter(), devices,
                group.secondaryDevices(), group.profiles(), group.passive(), group.hostPolicy());
    }

    /** Where a group runs; AUTO only if that cannot be. */
    private InstanceGroupConfig.Kind kind(InstanceGroupConfig group) {
        InstanceGroupConfig.Kind kind = group.kind();
        boolean wantsGpus = kind == InstanceGroupConfig.Kind.GPU
                || (kind == InstanceGroupConfig.Kind.AUTO && !group.gpus().isEmpty());
        if (wantsGpus && gpus.none()) {
            return gpus.cpuInstead() ? InstanceGroupConfig.Kind.CPU : kind;
        }
        if (kind != InstanceGroupConfig.Kind.AUTO) {
            return kind;
        }
        return gpus.none() ? InstanceGroupConfig.Kind.CPU
                : gpus.ids().containsAll(group.gpus()) ? InstanceGroupConfig.Kind.GPU : kind;
    }

    /** Two on the CPU for the backends that use one core at a time in places (docs/compatibility.md). */
    private int defaultCount(InstanceGroupConfig.Kind kind) {
        boolean two = config.backend().equals("onnxruntime") || config.backend().equals("tensorflow");
        return two && kind == InstanceGroupConfig.Kind.CPU ? 2 : 1;
    }

    private List<Integer> usable(List<Integer> wanted) {
        List<Integer> usable = new ArrayList<>(wanted);
        usable.retainAll(gpus.ids());
        return usable;
    }

    private static InstanceGroupConfig named(InstanceGroupConfig group, String name) {
        return new InstanceGroupConfig(name, group.kind(), group.count(), group.rateLimiter(), group.gpus(),
                group.secondaryDevices(), group.profiles(), group.passive(), group.hostPolicy());
    }

    void validate(List<InstanceGroupConfig> resolved, Problems problems) {
        if (resolved.size() > MAX_INSTANCES) {
            problems.wrong("instance_group", "model " + config.name() + " must have at most " + MAX_INSTANCES
                    + " instance groups, got " + resolved.size());
            return;
        }
        long instances = 0;
        boolean few = true;
        for (int i = 0; i < resolved.size(); i++) {
            InstanceGroupConfig group = resolved.get(i);
            validate("instance_group[" + i + "]", group, problems);
            few &= group.count() <= MAX_INSTANCES;
            instances += (long) group.count() * Math.max(1, group.gpus().size());
        }
        if (few && instances > MAX_INSTANCES) {
            problems.wrong("instance_group", "model " + config.name() + " must have at most " + MAX_INSTANCES
                    + " instances in all of its groups, got " + instances);
        }
    }

    private void validate(String path, InstanceGroupConfig group, Problems problems) {
        String what = "instance group " + group.name() + " of model " + config.name();
        if (group.count() > MAX_INSTANCES) {
            problems.wrong(path + ".count",
                    what + " must have a count of at most " + MAX_INSTANCES + ", got " + group.count());
        }
        if (!group.profiles().isEmpty() && !config.platform().equals("tensorrt_plan")) {
            problems.wrong(path + ".profile", what + " and platform " + config.platform()
                    + " specifies profile field which is only supported for TensorRT models");
        }
        switch (group.kind()) {
            case CPU, MODEL -> validateWithoutGpus(path, what, group, problems);
            case GPU, AUTO -> validateGpus(path, what, group, problems);
        }
    }

    private static void validateWithoutGpus(String path, String what, InstanceGroupConfig group, Problems problems) {
        if (!group.gpus().isEmpty()) {
            problems.wrong(path + ".gpus",
                    what + " has kind KIND_" + group.kind() + " but specifies one or more GPUs; leave out 'gpus', or"
                            + " write kind: KIND_GPU");
        }
    }

    private void validateGpus(String path, String what, InstanceGroupConfig group, Problems problems) {
        if (gpus.none()) {
            boolean auto = group.kind() == InstanceGroupConfig.Kind.AUTO;
            problems.wrong(path + (auto ? ".gpus" : ".kind"),
                    what + (auto ? " specifies one or more GPUs" : " has kind KIND_GPU") + " but no GPUs are available"
                            + (gpus.whyNone().isEmpty() ? "" : ": " + gpus.whyNone()) + "; "
                            + (auto ? "leave out 'gpus' to run it on whatever there is"
                                    : "write kind: KIND_CPU, or KIND_AUTO to run it on whatever there is")
                            + ", or start the server with --gpu-fallback=cpu");
            return;
        }
        for (int n = 0; n < group.gpus().size(); n++) {
            if (!gpus.ids().contains(group.gpus().get(n))) {
                problems.wrong(path + ".gpus[" + n + "]", what + " specifies invalid or unsupported gpu id "
                        + group.gpus().get(n) + ", available GPUs are " + gpus.ids());
            }
        }
    }
}
