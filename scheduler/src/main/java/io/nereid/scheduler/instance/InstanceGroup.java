package io.nereid.scheduler.instance;

import io.nereid.scheduler.Scheduler;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** The instances of one model version, each on its own thread, all pulling from one scheduler. */
public final class InstanceGroup implements AutoCloseable {
    private final Scheduler scheduler;
    private final List<Member> members;
    private final List<InstanceThread> threads;
    private final OpenSenders openSenders = new OpenSenders();

    /**
     * One instance of the group.
     *
     * @param instance what runs
     * @param claim its right to run, where instances compete for resources; null where they do not
     * @param passive whether it is only kept, and gets no work
     */
    public record Member(ModelInstance instance, RateLimiter.@Nullable Claim claim, boolean passive)
            implements
                AutoCloseable {
        /** An instance that runs whenever there is work. */
        public static Member of(ModelInstance instance) {
            return new Member(instance, null, false);
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

    /**
     * Starts a thread for each instance that is not passive. The group owns the instances and their claims from here on,
     * and closes the scheduler when it is closed itself; all of them even if this throws because the system gives it no
     * thread.
     *
     * @param members at least one that is not passive: nobody else would answer the scheduler's requests
     */
    public InstanceGroup(Scheduler scheduler, List<Member> members, InstanceEnvironment environment) {
        this.scheduler = scheduler;
        this.members = List.copyOf(members);
        this.threads = this.members.stream().filter(member -> !member.passive())
                .map(member -> new InstanceThread(scheduler, member.instance(), member.claim(), environment,
                        openSenders))
                .toList();
        if (threads.isEmpty()) {
            throw new IllegalArgumentException("an instance group needs an instance that is not passive");
        }
        try {
            threads.forEach(InstanceThread::start);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /**
     * Lets what is queued run to its end, and all responses be sent that a decoupled model still owes, then closes the
     * instances. Blocks that long; not for an event loop.
     */
    @Override
    public void close() {
        scheduler.close();
        boolean interrupted = false;
        for (InstanceThread thread : threads) {
            interrupted |= !joined(thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        openSenders.awaitNone();
        closeInstances();
    }

    /** Closes them all, whatever one of them throws. */
    private void closeInstances() {
        RuntimeException failure = null;
        for (Member member : members) {
            try {
                member.close();
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
