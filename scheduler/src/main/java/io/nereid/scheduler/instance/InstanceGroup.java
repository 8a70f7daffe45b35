package io.nereid.scheduler.instance;

import io.nereid.inference.NanoClock;
import io.nereid.scheduler.DefectLog;
import io.nereid.scheduler.Scheduler;
import io.nereid.statistics.ModelStatistics;

import java.util.List;

/** The instances of one model version, each on its own thread, all pulling from one scheduler. */
public final class InstanceGroup implements AutoCloseable {
    private final Scheduler scheduler;
    private final List<ModelInstance> instances;
    private final List<InstanceThread> threads;

    /**
     * Starts a thread for each instance. The group owns the instances from here on, and closes the scheduler when it is
     * closed itself; both even if this throws because the system gives it no thread.
     *
     * @param instances at least one: nobody else would answer the scheduler's requests
     */
    public InstanceGroup(Scheduler scheduler, List<ModelInstance> instances, ModelStatistics statistics,
            NanoClock clock, DefectLog defects) {
        this.scheduler = scheduler;
        this.instances = List.copyOf(instances);
        if (instances.isEmpty()) {
            throw new IllegalArgumentException("an instance group needs an instance");
        }
        this.threads = this.instances.stream()
                .map(instance -> new InstanceThread(scheduler, instance, statistics, clock, defects)).toList();
        try {
            threads.forEach(InstanceThread::start);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Lets what is queued run to its end, then closes the instances. Blocks that long; not for an event loop. */
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
        closeInstances();
    }

    /** Closes them all, whatever one of them throws. */
    private void closeInstances() {
        RuntimeException failure = null;
        for (ModelInstance instance : instances) {
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
