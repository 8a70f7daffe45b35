package io.nereid.server.model;

import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.InstancePlan;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceDemand;
import io.nereid.scheduler.instance.InstanceEnvironment;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.RateLimiter;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * The instances of one loaded version. When its instance groups change, those that both have stay as they are: what a group
 * is called and how many it has do not matter to one that runs. Not thread-safe: whoever changes the version does so alone.
 */
final class ModelInstances implements AutoCloseable {
    private final BackendModel loaded;
    private final Warmup warmup;
    private final CpuBudget cpus;
    private final Schedulers schedulers;
    private final InstanceGroup group;
    private List<Placed> placed;

    /**
     * Where an instance is to be, and what it asks for.
     *
     * @param likeness its group, without name, count and devices
     * @param demand what it takes while it runs; null for a passive one
     */
    private record Place(InstanceGroupConfig likeness, InstancePlacement placement, @Nullable InstanceDemand demand) {
        boolean isLike(Place other) {
            return likeness.equals(other.likeness) && placement.deviceId() == other.placement.deviceId();
        }
    }

    private record Placed(Place place, InstanceGroup.Member member) {}

    /**
     * Creates the instances of a complete configuration, warms them up and starts them: all of them or none.
     *
     * @throws InferenceException if one of them cannot be created or fails on a sample
     */
    ModelInstances(ModelConfig config, BackendModel loaded, Warmup warmup, CpuBudget cpus, Schedulers schedulers,
            Scheduler scheduler,
            InstanceEnvironment environment) throws InferenceException {
        this.loaded = loaded;
        this.warmup = warmup;
        this.cpus = cpus;
        this.schedulers = schedulers;
        this.placed = create(places(config));
        this.group = new InstanceGroup(scheduler, placed.stream().map(Placed::member).toList(), environment);
    }

    /**
     * Takes the instance groups of another complete configuration, which has at least one that is not passive: creates what
     * they have more, then ends what they have less. Requests are served all the while. Blocks.
     *
     * @throws InferenceException if one of the new instances cannot be created: then all is as before
     */
    void change(ModelConfig config) throws InferenceException {
        List<Placed> surplus = new ArrayList<>(placed);
        List<Placed> kept = new ArrayList<>();
        List<Place> missing = new ArrayList<>();
        for (Place place : places(config)) {
            Placed same = surplus.stream().filter(running -> running.place.isLike(place)).findFirst().orElse(null);
            if (same == null) {
                missing.add(place);
            } else {
                surplus.remove(same);
                kept.add(same);
            }
        }
        List<Placed> added = create(missing);
        group.add(added.stream().map(Placed::member).toList());
        kept.addAll(added);
        placed = kept;
        group.remove(surplus.stream().map(Placed::member).toList());
    }

    private List<Place> places(ModelConfig config) {
        Iterator<InstancePlacement> placements = InstancePlan.of(config, cpus).placements().iterator();
        Iterator<InstanceDemand> demands = InstanceDemands.of(config).iterator();
        List<Place> places = new ArrayList<>();
        for (InstanceGroupConfig group : config.instanceGroups()) {
            for (int i = 0; i < InstancePlan.instances(group); i++) {
                places.add(new Place(likeness(group), placements.next(), group.passive() ? null : demands.next()));
            }
        }
        return places;
    }

    private static InstanceGroupConfig likeness(InstanceGroupConfig group) {
        return new InstanceGroupConfig("", group.kind(), 0, group.rateLimiter(), List.of(), group.secondaryDevices(),
                group.profiles(), group.passive(), group.hostPolicy());
    }

    /** Creates instances, claims their right to run and warms them up: all of them or none. */
    private List<Placed> create(List<Place> places) throws InferenceException {
        List<InstanceDemand> demands = places.stream().map(Place::demand).filter(Objects::nonNull).toList();
        Iterator<RateLimiter.Claim> claims = schedulers.claims(demands).iterator();
        List<Placed> created = new ArrayList<>();
        try {
            for (Place place : places) {
                ModelInstance instance = loaded.createInstance(place.placement);
                boolean passive = place.demand == null;
                RateLimiter.Claim claim = !passive && claims.hasNext() ? claims.next() : null;
                created.add(new Placed(place, new InstanceGroup.Member(instance, claim, passive)));
            }
            warmup.run(created.stream().map(Placed::member).toList());
            return created;
        } catch (InferenceException | RuntimeException | Error e) {
            claims.forEachRemaining(RateLimiter.Claim::close);
            for (Placed instance : created) {
                try {
                    instance.member.close();
                } catch (RuntimeException | Error failure) {
                    e.addSuppressed(failure);
                }
            }
            throw e;
        }
    }

    /** @throws InferenceException INVALID_ARG if no instance of a complete configuration would run a request */
    static void checkActive(ModelConfig config) throws InferenceException {
        if (config.instanceGroups().stream().allMatch(InstanceGroupConfig::passive)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name()
                    + "', all its instance groups are passive: no instance would run a request");
        }
    }

    /** Lets what is queued run to its end, then closes the instances. Blocks that long. */
    @Override
    public void close() {
        group.close();
    }
}
