package io.nereid.backend.python;

import io.nereid.backend.WorkerMemory;
import io.nereid.backend.python.memory.Extents;
import io.nereid.backend.python.message.FrameReader;
import io.nereid.backend.python.message.MalformedFrameException;
import io.nereid.backend.python.message.MessageType;
import io.nereid.backend.python.worker.CallHandler;
import io.nereid.backend.python.worker.Replies;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Outcome;
import io.nereid.inference.TensorBuffer;
import io.nereid.modelrepo.config.ModelConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what one worker asks of the server. On the thread that reads the worker's calls. */
final class WorkerCalls implements CallHandler {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerCalls.class);
    private static final int FINAL = 1;

    private final String model;
    private final boolean decoupled;
    private final boolean iterative;
    private final WorkerMemory shared;
    private final Extents extents;
    private final RunningRequests requests;
    private final ResponseReader responses;
    private final ModelCalls models;
    private final MetricCalls metrics;
    private final ControlCalls control;
    private final ReadyQuestions readiness = new ReadyQuestions();
    private volatile boolean started;

    /** @param extents those of the worker, as {@code requests} are */
    WorkerCalls(ModelConfig config, Workers workers, Extents extents, RunningRequests requests,
            IncomingTensors incoming, ResponseReader responses) {
        this.model = config.name();
        this.decoupled = config.decoupled();
        this.iterative = config.iterative();
        this.shared = workers.shared();
        this.extents = extents;
        this.requests = requests;
        this.responses = responses;
        this.models = new ModelCalls(model, workers.services(), incoming, new OutgoingTensors(shared, extents),
                requests);
        this.metrics = new MetricCalls(workers.services());
        this.control = new ControlCalls(workers.services(), shared, extents);
    }

    @Override
    public void handle(FrameReader in, Replies replies) throws MalformedFrameException {
        long call = in.i64();
        switch (in.type()) {
            case MessageType.ALLOCATE -> allocate(call, in.i64(), replies);
            case MessageType.FREE -> free(in.longs());
            case MessageType.RELEASED -> release(in.longs());
            case MessageType.SEND -> send(call, in, replies);
            case MessageType.IS_CANCELLED -> replies.flag(call, isCancelled(in.i64()));
            case MessageType.INFER -> models.infer(call, in, replies);
            case MessageType.TAKEN -> models.taken(call, in.i32());
            case MessageType.CANCEL -> models.cancel(call);
            case MessageType.LOG -> log(in.u8(), in.str(), in.i32(), in.str());
            case MessageType.FAMILY -> metrics.family(call, in, replies);
            case MessageType.METRIC -> metrics.metric(call, in, replies);
            case MessageType.METRIC_OPERATION -> metrics.operate(call, in, replies);
            case MessageType.METRIC_VALUE -> metrics.value(call, in, replies);
            case MessageType.METRIC_DELETED -> metrics.metricDeleted(in.i64());
            case MessageType.FAMILY_DELETED -> metrics.familyDeleted(in.i64());
            case MessageType.LOAD_MODEL -> control.load(started ? "" : model, call, in, replies);
            case MessageType.UNLOAD_MODEL -> control.unload(call, in, replies);
            case MessageType.MODEL_READY -> control.isReady(call, in, replies);
            case MessageType.READY -> readiness.answered(call, in);
            default -> throw new MalformedFrameException("a call of type " + in.type());
        }
    }

    /** The model has initialized: its load waits for nothing any more that it asks for. */
    void started() {
        started = true;
    }

    /** What the server asks about the model's readiness. */
    ReadyQuestions readiness() {
        return readiness;
    }

    /** The worker is gone: what it has asked for is of no use. On any thread. */
    void close() {
        models.close();
        metrics.close();
        readiness.close();
    }

    private void allocate(long call, long bytes, Replies replies) {
        try {
            TensorBuffer buffer = shared.allocator().allocate(bytes);
            long offset = shared.offsetOf(buffer.data());
            extents.grant(offset, bytes, buffer);
            replies.extent(call, offset, bytes);
        } catch (InferenceException e) {
            replies.error(call, e.withText("Failed to increase the shared memory pool size: " + e.text()));
        }
    }

    private void free(long[] offsets) throws MalformedFrameException {
        for (long offset : offsets) {
            extents.free(offset);
        }
    }

    private void release(long[] handles) {
        for (long handle : handles) {
            requests.release(handle);
        }
    }

    private boolean isCancelled(long handle) {
        RunningRequest running = requests.find(handle);
        return running != null && running.isCancelled();
    }

    /** Of a model that is not decoupled the first response is the last, whenever the flag comes. */
    private void send(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        RunningRequest running = requests.find(in.i64());
        boolean last = (in.i32() & FINAL) != 0;
        boolean hasAnswer = in.flag();
        if (!hasAnswer && !last) {
            throw new MalformedFrameException("neither an answer nor the end to send");
        }
        if (running == null) { // it has ended, as when its client has gone
            replies.done(call);
            return;
        }
        Outcome outcome = hasAnswer ? answer(in, running) : null;
        boolean end = last || (!decoupled && outcome != null);
        RunningRequest.Step step = new RunningRequest.Step(outcome,
                end ? RunningRequest.Step.Then.END : RunningRequest.Step.Then.MORE, () -> replies.done(call));
        if (iterative) {
            requests.sendAhead(running, step);
        } else {
            requests.send(running, step);
        }
    }

    private @Nullable Outcome answer(FrameReader in, RunningRequest running) throws MalformedFrameException {
        int kind = in.u8();
        return switch (kind) {
            case Answer.RESPONSE -> responses.response(in, running.request());
            case Answer.ERROR -> in.error();
            default -> throw new MalformedFrameException("an answer of kind " + kind + " to send");
        };
    }

    private void log(int level, String file, int line, String text) {
        String place = file.substring(file.lastIndexOf('/') + 1);
        switch (level) {
            case 0 -> LOG.debug("{}: {}:{}] {}", model, place, line, text);
            case 1 -> LOG.info("{}: {}:{}] {}", model, place, line, text);
            case 2 -> LOG.warn("{}: {}:{}] {}", model, place, line, text);
            default -> LOG.error("{}: {}:{}] {}", model, place, line, text);
        }
    }
}
