package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.InstancePlan;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.scheduler.instance.InstanceDemand;
import io.nereid.scheduler.instance.InstanceEnvironment;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.RateLimiter;
import io.nereid.scheduler.instance.Replacement;
import io.nereid.server.model.ModelExecution;
import io.nereid.server.model.warmup.Warmup;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * The instances of one loaded version. When its instance groups change, those that both have stay as they are: what a
 * group is called and how many it has do not matter to one that runs. Not thread-safe: whoever changes the version
 * does so alone.
 */
final class ModelInstances implements ModelExecution {
    private final BackendModel loaded;
    private final Warmup warmup;
    private final CpuBudget cpus;
    private final SchedulerFactory schedulers;
    private final Scheduler front;
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
     * @param scheduler what they take their requests from
     * @param front where requests go in: the same, or what stands before it
     * @throws InferenceException if one of them cannot be created or fails on a sample
     */
    ModelInstances(LoadedVersion version, BatchScheduler scheduler, Scheduler front, SchedulerFactory schedulers)
            throws InferenceException {
        this.loaded = version.backendModel();
        this.warmup = version.warmup();
        this.cpus = version.cpus();
        this.schedulers = schedulers;
        this.front = front;
        this.placed = create(places(version.config()), version.abandonment());
        this.group = new InstanceGroup(scheduler, placed.stream().map(Placed::member).toList(),
                new InstanceEnvironment(version.config().decoupled(), version.config().iterative(),
                        version.statistics(),
                        NanoClock.SYSTEM, version.internalErrors()));
    }

    @Override
    public Scheduler scheduler() {
        return front;
    }

    /**
     * {@inheritDoc} The configuration has at least one group that is not passive. First those instances are created
     * that it has more, then those are ended that it has less.
     */
    @Override
    public void changeInstances(ModelConfig config, Abandonment abandonment) throws InferenceException {
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
        List<Placed> added = create(missing, abandonment);
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
    private List<Placed> create(List<Place> places, Abandonment abandonment) throws InferenceException {
        List<InstanceDemand> demands = places.stream().map(Place::demand).filter(Objects::nonNull).toList();
        Iterator<RateLimiter.Claim> claims = schedulers.claims(demands).iterator();
        List<Placed> created = new ArrayList<>();
        try {
            Iterator<ModelInstance> instances = InstanceCreation.create(loaded,
                    places.stream().map(Place::placement).toList(), abandonment).iterator();
            for (Place place : places) {
                ModelInstance instance = instances.next();
                boolean passive = place.demand == null;
                RateLimiter.Claim claim = !passive && claims.hasNext() ? claims.next() : null;
                created.add(new Placed(place, new InstanceGroup.Member(instance, claim, passive,
                        new Replacement(new Recreation(place), schedulers.alarm()))));
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

    /** Makes instances in the place of one that is gone, one after the other, and warms them up. */
    private final class Recreation implements Replacement.Source {
        private final Place place;
        private final Abandonment abandonment = new Abandonment();

        Recreation(Place place) {
            this.place = place;
        }

        @Override
        public ModelInstance create() throws InferenceException {
            ModelInstance instance = loaded.createInstance(place.placement, abandonment);
            try {
                warmup.run(List.of(InstanceGroup.Member.of(instance)));
                return instance;
            } catch (InferenceException | RuntimeException | Error e) {
                instance.close();
                throw e;
            }
        }

        @Override
        public void abandon() {
            abandonment.abandon("the model is unloaded");
        }
    }

    @Override
    public List<CompletableFuture<Boolean>> askReady() {
        return group.askReady();
    }

    @Override
    public long memoryBytes() {
        return loaded.memoryBytes();
    }

    @Override
    public InstanceCounts counts() {
        return group.counts();
    }

    /** @throws InferenceException INVALID_ARG if no instance of a complete configuration would run a request */
    static void checkActive(ModelConfig config) throws InferenceException {
        if (config.instanceGroups().stream().allMatch(InstanceGroupConfig::passive)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name()
                    + "', all its instance groups are passive: no instance would run a request");
        }
    }

    @Override
    public void close() {
        group.close();
    }
}
