package io.nereid.backend.python;

import io.nereid.backend.worker.CallAnswers;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.MemoryCalls;
import io.nereid.backend.worker.ResponseReader;
import io.nereid.backend.worker.RunningRequest;
import io.nereid.backend.worker.RunningRequests;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.Outcome;
import io.nereid.modelrepo.config.ModelConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;

/** Answers what one worker asks of the server. On the thread that reads the worker's calls. */
final class WorkerCalls implements CallAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerCalls.class);
    private static final int FINAL = 1;

    private final String model;
    private final boolean decoupled;
    private final boolean iterative;
    private final MemoryCalls memory;
    private final RunningRequests requests;
    private final ResponseReader responses;
    private final ModelCalls models;
    private final MetricCalls metrics;
    private final ControlCalls control;
    private final ReadyQuestions readiness = new ReadyQuestions();
    private volatile boolean started;
    private volatile boolean hasIsReady;

    /** @param extents those of the worker, as {@code requests} are */
    WorkerCalls(ModelConfig config, Workers workers, Extents extents, RunningRequests requests,
            IncomingTensors incoming, ResponseReader responses) {
        this.model = config.name();
        this.decoupled = config.decoupled();
        this.iterative = config.iterative();
        this.memory = new MemoryCalls(model, workers.shared(), extents, LOG);
        this.requests = requests;
        this.responses = responses;
        this.models = new ModelCalls(model, workers.services(), incoming,
                new OutgoingTensors(workers.shared(), extents),
                requests);
        this.metrics = new MetricCalls(workers.services());
        this.control = new ControlCalls(workers.services(), workers.shared(), extents);
    }

    @Override
    public void handle(FrameReader in, Replies replies) throws MalformedFrameException {
        long call = in.i64();
        switch (in.type()) {
            case MessageType.RELEASED -> release(in.longs());
            case MessageType.SEND -> send(call, in, replies);
            case MessageType.IS_CANCELLED -> replies.flag(call, isCancelled(in.i64()));
            case MessageType.INFER -> models.infer(call, in, replies);
            case MessageType.TAKEN -> models.taken(call, in.i32());
            case MessageType.CANCEL -> models.cancel(call);
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
            default -> memory.handle(in, call, replies);
        }
    }

    /**
     * The model has initialized: its load waits for nothing any more that it asks for.
     *
     * @param saysWhetherReady whether it has {@code is_ready}
     */
    void started(boolean saysWhetherReady) {
        hasIsReady = saysWhetherReady;
        started = true;
    }

    @Override
    public CompletableFuture<Boolean> askReady(Replies worker) {
        return hasIsReady ? readiness.ask(worker) : CallAnswers.super.askReady(worker);
    }

    @Override
    public void close() {
        models.close();
        metrics.close();
        readiness.close();
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
}
