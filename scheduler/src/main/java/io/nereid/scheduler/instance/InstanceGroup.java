package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.scheduler.BatchScheduler;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The instances of one model version, each on its own thread, all taking from one scheduler. An instance that is gone
 * is closed and replaced by its own thread, with back-off, while the others run on. While none works and none is being
 * made, the scheduler rejects all requests. Thread-safe.
 */
public final class InstanceGroup implements AutoCloseable {
    private final BatchScheduler scheduler;
    private final InstanceEnvironment environment;
    /** Held while instances come, go and are closed, for as long as that takes. */
    private final ReentrantLock changing = new ReentrantLock();
    @GuardedBy("changing")
    private final List<Running> running = new ArrayList<>();
    private final InstanceStates states;

    /**
     * One instance of the group.
     *
     * @param instance what runs
     * @param claim its right to run, where instances compete for resources; null where they do not
     * @param passive whether it is only kept, and gets no work
     * @param replacement how it is replaced when it is gone; null where it is not
     */
    public record Member(ModelInstance instance, RateLimiter.@Nullable Claim claim, boolean passive,
            @Nullable Replacement replacement)
            implements
                AutoCloseable {
        /** An instance that runs whenever there is work, and is not replaced. */
        public static Member of(ModelInstance instance) {
            return new Member(instance, null, false, null);
        }

        /** Closes the instance, then the claim. Nothing runs on it any more. */
        @Override
        public void close() {
            try {
                instance.close();
            } finally {
                if (claim != null) {
                    claim.close();
                }
            }
        }
    }

    /** @param thread runs it, and those in its place; null for a passive one */
    private record Running(Member member, @Nullable InstanceThread thread) {
        void beginStop() {
            if (thread == null) {
                member.instance().beginStop();
            } else {
                thread.beginStop();
            }
        }

        void close() {
            if (thread == null) {
                member.close();
            } else {
                thread.close();
            }
        }
    }

    /**
     * Starts a thread for each instance that is not passive. The group owns the instances and their claims from here
     * on, and closes the scheduler when it is closed itself; all of them even if this throws because the system gives
     * it no thread.
     *
     * @param members at least one that is not passive: nobody else would answer the scheduler's requests
     */
    public InstanceGroup(BatchScheduler scheduler, List<Member> members, InstanceEnvironment environment) {
        this.scheduler = scheduler;
        this.environment = environment;
        this.states = new InstanceStates(scheduler, environment.clock());
        if (members.stream().allMatch(Member::passive)) {
            throw new IllegalArgumentException("an instance group needs an instance that is not passive");
        }
        try {
            add(members);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Starts more instances; as for the constructor, the group owns them, and has closed them if this throws. */
    public void add(List<Member> members) {
        changing.lock();
        try {
            List<Running> added = members.stream().map(this::running).toList();
            running.addAll(added);
            try {
                for (Running instance : added) {
                    if (instance.thread != null) {
                        instance.thread.start();
                    }
                }
            } catch (Throwable e) {
                removeAll(added);
                throw e;
            }
        } finally {
            changing.unlock();
        }
    }

    private Running running(Member member) {
        return new Running(member, member.passive() ? null
                : new InstanceThread(scheduler, member, environment, states.add(member.instance().name())));
    }

    /** The instances as they are now. */
    public InstanceCounts counts() {
        return states.counts();
    }

    /**
     * Asks each instance that is there and not passive whether it is ready; those of a group that is being changed are
     * not asked. Returns at once.
     */
    public List<CompletableFuture<Boolean>> askReady() {
        if (!changing.tryLock()) {
            return List.of();
        }
        try {
            return running.stream().map(Running::thread).filter(Objects::nonNull).map(InstanceThread::askReady)
                    .flatMap(Optional::stream).toList();
        } finally {
            changing.unlock();
        }
    }

    /**
     * Ends instances when they have run what they took, and closes them; one that is not passive has to be left. Blocks
     * that long.
     */
    public void remove(List<Member> members) {
        changing.lock();
        try {
            removeAll(running.stream().filter(instance -> members.contains(instance.member)).toList());
        } finally {
            changing.unlock();
        }
    }

    @GuardedBy("changing")
    private void removeAll(List<Running> gone) {
        running.removeAll(gone);
        gone.stream().map(Running::thread).filter(Objects::nonNull).forEach(InstanceThread::remove);
        beginStop(gone);
        awaitEnd(gone);
        closeInstances(gone);
    }

    /**
     * Lets what is queued run to its end, and all responses be sent that a decoupled model still owes, then closes the
     * instances. Blocks that long; not for an event loop.
     */
    @Override
    public void close() {
        scheduler.close();
        changing.lock();
        try {
            beginStop(running);
            awaitEnd(running);
            closeInstances(running);
        } finally {
            changing.unlock();
        }
    }

    private static void beginStop(List<Running> ending) {
        ending.forEach(Running::beginStop);
    }

    private static void awaitEnd(List<Running> ending) {
        boolean interrupted = false;
        for (Running instance : ending) {
            interrupted |= instance.thread != null && !joined(instance.thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        ending.stream().map(Running::thread).filter(Objects::nonNull).forEach(InstanceThread::awaitResponses);
    }

    /** Closes them all, whatever one of them throws. */
    private static void closeInstances(List<Running> ended) {
        RuntimeException failure = null;
        for (Running instance : ended) {
            try {
                instance.close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Waits for the thread whatever happens: an instance must not be closed under it. */
    private static boolean joined(InstanceThread thread) {
        boolean undisturbed = true;
        while (true) {
            try {
                thread.join();
                return undisturbed;
            } catch (InterruptedException e) {
                undisturbed = false;
            }
        }
    }
}
