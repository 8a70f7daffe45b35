package io.nereid.backend;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.RequestQueue;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.instance.InstanceEnvironment;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.StatisticsSnapshot;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A model on one instance and its thread, which runs requests in batches of the size it is given. Over
 * {@link PoisonedMemory} it fails on {@link #close} if any response had a byte in it that nobody wrote.
 */
public final class RunningModel implements AutoCloseable {
    private final ModelConfig config;
    private final BackendModel model;
    private final ModelInstance instance;
    private final HeldQueue queue = new HeldQueue();
    private final ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<AssertionError> unwritten = new ConcurrentLinkedQueue<>();
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final BatchScheduler scheduler;
    private final InstanceGroup group;

    private RunningModel(ModelConfig config, BackendModel model, ModelInstance instance) {
        this.config = config;
        this.model = model;
        this.instance = instance;
        InternalErrorLog log = (_, defect) -> defects.add(defect);
        this.scheduler = new BatchScheduler(queue, BatchCompatibility.ALL, false, null,
                new SchedulerEnvironment(NanoClock.SYSTEM, (_, _) -> () -> {
                }, statistics, log));
        this.group = new InstanceGroup(scheduler, List.of(InstanceGroup.Member.of(instance)),
                new InstanceEnvironment(config.decoupled(), config.iterative(), statistics, NanoClock.SYSTEM, log));
    }

    /** The configuration of a text, before a backend completes it. */
    public static ModelConfig config(String model, String text) {
        return ModelConfigParser.parse(model, "config.pbtxt", text, file -> false);
    }

    /** Completes and loads the model, and starts its first instance. */
    public static RunningModel start(Backend backend, ModelVersion version, ModelConfig incomplete)
            throws InferenceException {
        ModelConfig config = ModelConfigCompletion.complete(backend.complete(version, incomplete),
                backend.preferredGroups(), List.of());
        BackendModel model = backend.load(version, config);
        InstancePlan plan = InstancePlan.of(config, new CpuBudget(1));
        return new RunningModel(config, model, model.createInstance(plan.placements().getFirst()));
    }

    /** The configuration, completed. */
    public ModelConfig config() {
        return config;
    }

    /** The instance that runs. */
    public ModelInstance instance() {
        return instance;
    }

    /** What no contract allows and happened nevertheless. */
    public List<Throwable> defects() {
        return List.copyOf(defects);
    }

    /** Runs the requests in one batch and waits for their answers, each a response or an {@link InferenceException}. */
    public List<Object> run(InferenceRequest... requests) throws InferenceException {
        queue.size = requests.length;
        List<Answer> answers = new ArrayList<>();
        for (InferenceRequest request : requests) {
            Answer answer = new Answer();
            answers.add(answer);
            scheduler.enqueue(request, new Inspected(answer));
        }
        return answers.stream().map(answer -> answer.outcome.join()).toList();
    }

    /** Runs one request alone, whose responses {@code listener} receives. */
    public Cancellation stream(InferenceRequest request, ResponseListener listener) throws InferenceException {
        queue.size = 1;
        return scheduler.enqueue(request, new Inspected(listener));
    }

    /** What the model has done. */
    public StatisticsSnapshot statistics() {
        return statistics.snapshot();
    }

    /** Runs one request that must succeed. */
    public InferenceResponse runOne(InferenceRequest request) throws InferenceException {
        return switch (run(request).getFirst()) {
            case InferenceResponse response -> response;
            case InferenceException error -> throw error;
            default -> throw new AssertionError();
        };
    }

    /** Runs requests in one batch that must all succeed. */
    public List<InferenceResponse> runAll(InferenceRequest... requests) throws InferenceException {
        List<InferenceResponse> responses = new ArrayList<>();
        for (Object outcome : run(requests)) {
            if (outcome instanceof InferenceException error) {
                throw error;
            }
            responses.add((InferenceResponse) outcome);
        }
        return responses;
    }

    @Override
    public void close() {
        group.close();
        model.close();
        AssertionError first = unwritten.peek();
        if (first != null) {
            throw first;
        }
    }

    /** Looks at each response before its listener does, who may release it. */
    private final class Inspected implements ResponseListener {
        private final ResponseListener listener;

        Inspected(ResponseListener listener) {
            this.listener = listener;
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            try {
                PoisonedMemory.requireNone(response);
            } catch (AssertionError e) {
                unwritten.add(e);
            }
            listener.onResponse(response, last);
        }

        @Override
        public void onEnd() {
            listener.onEnd();
        }

        @Override
        public void onError(InferenceException error) {
            listener.onError(error);
        }
    }

    private static final class Answer implements ResponseListener {
        private final CompletableFuture<Object> outcome = new CompletableFuture<>();

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            outcome.complete(response);
        }

        @Override
        public void onError(InferenceException error) {
            outcome.complete(error);
        }
    }

    /** Holds requests until as many are there as shall run together. */
    private static final class HeldQueue implements RequestQueue {
        private final List<QueuedRequest> held = new ArrayList<>();
        private volatile int size = 1;

        @Override
        public boolean offer(QueuedRequest request) {
            return held.add(request);
        }

        @Override
        public Decision decide(long nowNanos, IdleInstance instance) {
            if (runnable(nowNanos) == 0) {
                return Decision.IDLE;
            }
            instance.batch().addAll(held);
            held.clear();
            return new Decision.Run(CloseReason.INSTANCE_IDLE);
        }

        @Override
        public int runnable(long nowNanos) {
            return held.size() >= size ? 1 : 0;
        }

        @Override
        public long nanosUntilReady(long nowNanos) {
            return runnable(nowNanos) == 0 ? Long.MAX_VALUE : 0;
        }

        @Override
        public List<QueuedRequest> clear() {
            List<QueuedRequest> removed = List.copyOf(held);
            held.clear();
            return removed;
        }

        @Override
        public long nanosUntilDeadline(long nowNanos) {
            return Long.MAX_VALUE;
        }

        @Override
        public List<QueuedRequest> expire(long nowNanos) {
            return List.of();
        }

        @Override
        public void remove(QueuedRequest request) {
            held.remove(request);
        }

        @Override
        public long rowsAhead(InferenceRequest request) {
            return 0;
        }

        @Override
        public long nanosToReject(InferenceRequest request) {
            return 0;
        }

        @Override
        public void limit(int maxRows, long delayNanos) {
            throw new AssertionError("nobody tunes here");
        }

        @Override
        public void flush() {
            size = 1;
        }

        @Override
        public long oldestWaitNanos(long nowNanos) {
            return 0;
        }

        @Override
        public long rows() {
            return held.size();
        }

        @Override
        public int size() {
            return held.size();
        }
    }
}
