package io.nereid.server.model;

import io.nereid.backend.Abandonment;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceCounts;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What runs the requests to one loaded version: its scheduler, and whatever is behind that. Thread-safe but for the
 * changes.
 */
public interface ModelExecution extends AutoCloseable {
    /** Where its requests go in. */
    Scheduler scheduler();

    /** Its instances as they are now. */
    InstanceCounts counts();

    /** Bytes that the loaded model and its instances hold now; 0 where nobody can say. May take a millisecond. */
    default long memoryBytes() {
        return 0;
    }

    /** What each instance says to whether it is ready, where instances can be asked; returns at once. */
    default List<CompletableFuture<Boolean>> askReady() {
        return List.of();
    }

    /**
     * Runs on with the instance groups of another complete configuration. Requests are served all the while. Blocks;
     * called by one thread at a time.
     *
     * @param abandonment of the change
     * @throws InferenceException if a new instance cannot be created: then all is as before
     */
    void changeInstances(ModelConfig changed, Abandonment abandonment) throws InferenceException;

    /** Closes the scheduler, lets what is queued run to its end, then gives everything back. Blocks that long. */
    @Override
    void close();
}
