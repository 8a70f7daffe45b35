package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.RequestQueue;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.statistics.ModelStatistics;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A model on one instance and its thread, which runs requests in batches of the size it is told. */
public final class RunningModel implements AutoCloseable {
    private final ModelConfig config;
    private final BackendModel model;
    private final ModelInstance instance;
    private final HeldQueue queue = new HeldQueue();
    private final ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();
    private final Scheduler scheduler;
    private final InstanceGroup group;

    private RunningModel(ModelConfig config, BackendModel model, ModelInstance instance) {
        this.config = config;
        this.model = model;
        this.instance = instance;
        this.scheduler = new Scheduler(queue, NanoClock.SYSTEM);
        this.group = new InstanceGroup(scheduler, List.of(instance), new ModelStatistics(InstantSource.system()),
                NanoClock.SYSTEM,
                (name, defect) -> defects.add(defect));
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
            scheduler.enqueue(request, answer);
        }
        return answers.stream().map(answer -> answer.outcome.join()).toList();
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
    }

    private static final class Answer implements ResponseListener {
        private final CompletableFuture<Object> outcome = new CompletableFuture<>();

        @Override
        public void onResponse(InferenceResponse response) {
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
        public void offer(QueuedRequest request) {
            held.add(request);
        }

        @Override
        public void take(long nowNanos, List<QueuedRequest> batch) {
            if (held.size() >= size) {
                batch.addAll(held);
                held.clear();
            }
        }

        @Override
        public int size() {
            return held.size();
        }
    }
}
