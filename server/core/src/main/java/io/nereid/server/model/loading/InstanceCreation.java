package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.inference.InferenceException;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Creates the instances of a model: all of them or none, and at the same time, each on a virtual thread, where the model
 * says so. Used by the thread that waits for them.
 */
final class InstanceCreation {
    private final List<ModelInstance> created = new ArrayList<>();

    private InstanceCreation() {}

    /**
     * The instances, in the order of their places. Blocks until the last is created or has failed.
     *
     * @param abandonment of them all
     * @throws InferenceException what the first of them fails with; the others are closed
     */
    static List<ModelInstance> create(BackendModel model, List<InstancePlacement> places, Abandonment abandonment)
            throws InferenceException {
        InstanceCreation creation = new InstanceCreation();
        try {
            if (model.createsInstancesAtOnce() && places.size() > 1) {
                creation.createAtOnce(model, places, abandonment);
            } else {
                for (InstancePlacement place : places) {
                    creation.created.add(model.createInstance(place, abandonment));
                }
            }
            return creation.created;
        } catch (InferenceException | RuntimeException | Error e) {
            creation.closeAll(e);
            throw e;
        }
    }

    private void createAtOnce(BackendModel model, List<InstancePlacement> places, Abandonment abandonment)
            throws InferenceException {
        List<FutureTask<ModelInstance>> tasks = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (InstancePlacement place : places) {
            FutureTask<ModelInstance> task = new FutureTask<>(() -> model.createInstance(place, abandonment));
            tasks.add(task);
            threads.add(Thread.ofVirtual().name("create-" + place.name()).start(task));
        }
        awaitAll(threads);
        Throwable failure = null;
        for (FutureTask<ModelInstance> task : tasks) {
            try {
                created.add(task.get());
            } catch (ExecutionException e) {
                failure = failure == null ? e.getCause() : failure;
            } catch (InterruptedException e) {
                throw new IllegalStateException("a task that is done does not wait", e);
            }
        }
        rethrow(failure);
    }

    /** An interrupt is theirs, and then the caller's. */
    private static void awaitAll(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                    threads.forEach(Thread::interrupt);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws InferenceException {
        switch (failure) {
            case null -> {
            }
            case InferenceException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("an instance could not be created", e);
        }
    }

    private void closeAll(Throwable because) {
        for (ModelInstance instance : created) {
            try {
                instance.close();
            } catch (RuntimeException | Error e) {
                because.addSuppressed(e);
            }
        }
    }
}
