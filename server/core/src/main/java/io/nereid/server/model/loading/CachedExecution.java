package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.server.model.ModelExecution;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * An execution whose requests come to a response cache first.
 *
 * @param behind runs those that the cache has no answer for
 * @param scheduler the cache, in front of the scheduler of that
 */
record CachedExecution(ModelExecution behind, Scheduler scheduler) implements ModelExecution {
    @Override
    public InstanceCounts counts() {
        return behind.counts();
    }

    @Override
    public long memoryBytes() {
        return behind.memoryBytes();
    }

    @Override
    public List<CompletableFuture<Boolean>> askReady() {
        return behind.askReady();
    }

    @Override
    public void changeInstances(ModelConfig changed, Abandonment abandonment) throws InferenceException {
        behind.changeInstances(changed, abandonment);
    }

    @Override
    public void close() {
        scheduler.close();
        behind.close();
    }
}
