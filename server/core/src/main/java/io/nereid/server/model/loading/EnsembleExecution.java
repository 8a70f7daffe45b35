package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.server.ensemble.EnsembleScheduler;
import io.nereid.server.ensemble.StepModel;
import io.nereid.server.ensemble.StepRequest;
import io.nereid.server.model.ModelExecution;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.StepCalls;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What an ensemble runs on: the model versions of its steps, which it holds as long as it is served. So a step that is
 * loaded again, or unloaded, stays for the requests of the ensemble until that one is replaced too: they never find a
 * step missing, or one that does not fit.
 */
final class EnsembleExecution implements ModelExecution {
    private final List<ModelHandle<ServedModel>> steps;
    private final EnsembleScheduler scheduler;

    /**
     * An ensemble that fits its steps.
     *
     * @param steps the model versions of the steps, in their order; released with this
     */
    EnsembleExecution(ModelConfig config, List<ModelHandle<ServedModel>> steps, StepCalls calls,
            SchedulerEnvironment environment) {
        this.steps = List.copyOf(steps);
        List<StepModel> models = new ArrayList<>();
        for (ModelHandle<ServedModel> step : this.steps) {
            models.add(new HeldStep(step, calls));
        }
        scheduler = new EnsembleScheduler(config, steps.stream().map(step -> step.model().config()).toList(), models,
                environment, calls);
    }

    /** A step's model version, as long as the ensemble holds it. */
    private record HeldStep(ModelHandle<ServedModel> step, StepCalls calls) implements StepModel {
        @Override
        public Cancellation start(StepRequest request, ResponseListener listener) {
            return calls.start(step.retain(), request, listener);
        }

        /** {@inheritDoc} A response cache compares inputs that are in host memory only. */
        @Override
        public int inputDevice() {
            ServedModel model = step.model();
            return model.config().responseCacheEnabled() || model.inputMemory().kind().isHost() ? TensorData.NO_DEVICE
                    : model.inputMemory().device();
        }
    }

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    /** {@inheritDoc} One that works as long as every step does. */
    @Override
    public InstanceCounts counts() {
        for (ModelHandle<ServedModel> step : steps) {
            InstanceCounts counts = step.model().instances();
            if (!counts.isWorking()) {
                return new InstanceCounts(0, 0, 0, 0, 0, "of step " + steps.indexOf(step) + ", model '" + step.name()
                        + "'" + (counts.crashLoop().isEmpty() ? "" : ": " + counts.crashLoop()));
            }
        }
        return new InstanceCounts(1, 0, 0, 0, 0);
    }

    @Override
    public List<CompletableFuture<Boolean>> askReady() {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        steps.forEach(step -> answers.addAll(step.model().askReady()));
        return answers;
    }

    /** {@inheritDoc} An ensemble has none: its version policy may have changed, which asks for nothing here. */
    @Override
    public void changeInstances(ModelConfig changed, Abandonment abandonment) {
        // its models have their own
    }

    @Override
    public void close() {
        scheduler.close();
        steps.forEach(ModelHandle::release);
    }
}
