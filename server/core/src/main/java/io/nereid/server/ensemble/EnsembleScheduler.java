package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.NanoClock;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.Alarm;
import io.nereid.scheduler.QueueLoad;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.server.ledger.Account;
import io.nereid.statistics.InstanceStatistics;
import io.nereid.statistics.ModelStatistics;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

/**
 * Runs requests to an ensemble: each is handed on to the models of its steps as soon as their inputs are there. It has no
 * queue and no batches of its own; its steps' schedulers have. Thread-safe.
 */
public final class EnsembleScheduler implements Scheduler {
    private static final Executor STREAMS = answer -> Thread.ofVirtual().name("ensemble-answer").start(answer);

    private final EnsembleGraph graph;
    private final List<EnsembleStep> steps = new ArrayList<>();
    private final NanoClock clock;
    private final ModelStatistics statistics;
    private final InstanceStatistics executions;
    private final Alarm alarm;
    private final EnsembleServices services;
    private volatile boolean closed;

    /**
     * A scheduler of an ensemble that {@link EnsembleCheck} has passed.
     *
     * @param configs the complete configurations of the steps' models, in the order of the steps
     * @param models what runs the steps, in the same order
     * @param environment has its clock, its alarm and its statistics
     * @param services asked from the first request on
     */
    public EnsembleScheduler(ModelConfig ensemble, List<ModelConfig> configs, List<? extends StepModel> models,
            SchedulerEnvironment environment, EnsembleServices services) {
        graph = new EnsembleGraph(ensemble, configs, models.stream().map(StepModel::inputDevice).toList());
        long max = ((EnsembleConfig) ensemble.scheduling()).maxInflightRequests();
        models.forEach(model -> steps.add(new EnsembleStep(model, new StepLimit(max))));
        clock = environment.clock();
        alarm = environment.alarm();
        statistics = environment.statistics();
        this.services = services;
        executions = statistics.instance("", ModelStatistics.NO_GPU);
    }

    EnsembleGraph graph() {
        return graph;
    }

    EnsembleStep step(int index) {
        return steps.get(index);
    }

    NanoClock clock() {
        return clock;
    }

    ModelStatistics statistics() {
        return statistics;
    }

    InstanceStatistics executions() {
        return executions;
    }

    Alarm alarm() {
        return alarm;
    }

    /** The circle that a request to the model of a step closes. */
    CallCycle cycle(EnsembleGraph.Step step) {
        return services.cycle(graph.name(), step.model());
    }

    /** Where responses of steps are charged. */
    Account account() {
        return services.account();
    }

    /** Where the listeners of decoupled ensembles are called, which may block. */
    Executor threads() {
        return STREAMS;
    }

    @Override
    public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        if (closed) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "Server is stopping, scheduler for model has stopped accepting new inference requests");
        }
        EnsembleRun run = new EnsembleRun(this, request, listener, clock.nanoTime());
        run.start();
        return run;
    }

    /** {@inheritDoc} None does here: a request counts as running from the start. */
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
        // nothing waits here
    }

    @Override
    public void close() {
        closed = true;
    }
}
