package io.nereid.server.model.loading;

import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.RateLimiterConfig;
import io.nereid.scheduler.instance.InstanceDemand;

import java.util.ArrayList;
import java.util.List;

/** Reads from a model's configuration what its instances ask of the rate limiter. */
final class InstanceDemands {
    /** An instance group that says nothing takes nothing; its instances still wait for their turn. */
    private static final RateLimiterConfig NOTHING = new RateLimiterConfig(List.of(), 1);

    private InstanceDemands() {}

    /**
     * One demand for each instance that is given work, in the order of the {@link io.nereid.backend.InstancePlan};
     * instances of passive groups have none.
     */
    static List<InstanceDemand> of(ModelConfig config) {
        List<InstanceDemand> demands = new ArrayList<>();
        for (InstanceGroupConfig group : config.instanceGroups()) {
            if (!group.passive()) {
                addGroup(group, demands);
            }
        }
        return demands;
    }

    private static void addGroup(InstanceGroupConfig group, List<InstanceDemand> demands) {
        RateLimiterConfig limiter = group.rateLimiter().orElse(NOTHING);
        List<InstanceDemand.Resource> resources = limiter.resources().stream()
                .map(resource -> new InstanceDemand.Resource(resource.name(), resource.global(), resource.count()))
                .toList();
        boolean onGpus = group.kind() == InstanceGroupConfig.Kind.GPU;
        for (int device : onGpus ? group.gpus() : List.of(InstanceDemand.CPU)) {
            for (int i = 0; i < group.count(); i++) {
                demands.add(new InstanceDemand(device, resources, limiter.priority()));
            }
        }
    }
}
