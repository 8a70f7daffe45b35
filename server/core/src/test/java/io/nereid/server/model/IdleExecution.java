package io.nereid.server.model;

import io.nereid.backend.Abandonment;
import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.QueueLoad;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceCounts;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * An execution that runs nothing, and says of itself what the test has it say.
 *
 * @param ready whether its instance says that it is ready
 * @param state which of its instances work
 */
public record IdleExecution(BooleanSupplier ready, Supplier<InstanceCounts> state) implements ModelExecution {
    @Override
    public Scheduler scheduler() {
        return new NoRequests();
    }

    @Override
    public List<CompletableFuture<Boolean>> askReady() {
        return List.of(CompletableFuture.completedFuture(ready.getAsBoolean()));
    }

    @Override
    public InstanceCounts counts() {
        return state.get();
    }

    @Override
    public void changeInstances(ModelConfig changed, Abandonment abandonment) {
        throw new AssertionError("nobody changes them");
    }

    @Override
    public void close() {
        // Nothing runs.
    }

    private static final class NoRequests implements Scheduler {
        @Override
        public Cancellation enqueue(InferenceRequest request, ResponseListener listener) {
            throw new AssertionError("nobody sends requests");
        }

        @Override
        public int pending() {
            return 0;
        }

        @Override
        public QueueLoad load() {
            return new QueueLoad(0, 0, OptionalLong.empty());
        }

        @Override
        public void flush() {
            // Nothing waits.
        }

        @Override
        public void close() {
            // Nothing runs.
        }
    }
}
