package io.nereid.backend.worker;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.memory.Extent;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.WorkerGoneException;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.InstanceGoneException;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * A model instance that is one worker process: writes the requests of a batch to it and reads its answers, on the instance's thread. Responses
 * of senders come later, on the thread that reads the worker's calls.
 */
public final class WorkerInstance implements ModelInstance {
    private final InstancePlacement placement;
    private final WorkerProcess worker;
    private final WorkerModel model;
    private final WorkerMemory shared;
    private final Extents extents;
    private final RunningRequests requests;
    private final RequestWriter writer;
    private final ResponseReader responses;
    private final CallAnswers calls;
    private final Termination termination;
    private final OutputEstimate estimate;
    private final FailureLog failures = new FailureLog(LoggerFactory.getLogger(WorkerInstance.class), NanoClock.SYSTEM);
    private final FrameWriter out = new FrameWriter(4096);
    /** What the outputs of the execution under way have taken in shared memory, beside its inputs. */
    private long newBytes;
    /** Whether a request was answered by a sender: they are taken before the execution from then on. */
    private boolean answersBySender;
    private volatile boolean closing;
    private volatile @Nullable Runnable notification;

    /**
     * An instance whose worker has started.
     *
     * @param worker this object's from here on, as are {@code calls} and {@code extents}
     */
    public WorkerInstance(InstancePlacement placement, WorkerModel model, WorkerProcess worker, Extents extents,
            RunningRequests requests, ResponseReader responses, CallAnswers calls) {
        this.placement = placement;
        this.model = model;
        this.worker = worker;
        this.shared = model.shared();
        this.extents = extents;
        this.requests = requests;
        this.responses = responses;
        this.calls = calls;
        this.termination = new Termination(worker.replies());
        this.writer = new RequestWriter(model.tensors(), shared, extents);
        this.estimate = new OutputEstimate(model.tensors());
        this.answersBySender = model.decoupled();
        worker.onExit(this::exited);
    }

    @Override
    public String name() {
        return placement.name();
    }

    @Override
    public int gpu() {
        return placement.gpu();
    }

    @Override
    public void execute(Batch batch) throws InstanceGoneException {
        @Nullable
        RunningRequest[] running = new @Nullable RunningRequest[batch.size()];
        Extent outputs = outputExtent(batch.rows());
        try {
            int count = write(batch, running, outputs);
            if (count > 0) {
                takeSenders(batch, running);
                batch.inputsReady();
                FrameReader answer = ask(running);
                batch.outputsStart();
                newBytes = 0;
                read(answer, batch, running);
                estimate.took(newBytes, batch.rows());
            }
        } catch (WorkerGoneException e) {
            throw gone(e);
        } catch (MalformedFrameException e) {
            throw gone(worker.broken(e));
        } finally {
            settle(running);
            if (outputs != null) {
                extents.remove(outputs);
            }
        }
    }

    private static InstanceGoneException gone(WorkerGoneException e) {
        return new InstanceGoneException(new InferenceException(
                e.isOverdue() ? ErrorCode.UNAVAILABLE : ErrorCode.INTERNAL, String.valueOf(e.getMessage())));
    }

    /** Where outputs can go; null where none is of use or to be had: then the worker asks for what it needs. */
    private @Nullable Extent outputExtent(int rows) {
        long bytes = estimate.bytes(rows);
        if (bytes == 0) {
            return null;
        }
        try {
            TensorBuffer buffer = shared.allocator().allocate(bytes);
            return extents.lend(shared.offsetOf(buffer.data()), bytes, buffer);
        } catch (InferenceException _) {
            return null;
        }
    }

    /** Writes the message; returns how many requests it has: one that there is no memory for fails at once. */
    private int write(Batch batch, @Nullable RunningRequest[] running, @Nullable Extent outputs) {
        out.begin(MessageType.EXECUTE).u64(outputs == null ? 0 : outputs.offset())
                .u64(outputs == null ? 0 : outputs.length());
        int countAt = out.size();
        out.u32(0);
        int count = 0;
        for (int i = 0; i < running.length; i++) {
            int index = i;
            RunningRequest request = requests.add(batch.request(i), batch.cancelled(i));
            try {
                writer.write(out, request, () -> batch.keepMemory(index));
                running[i] = request;
                count++;
            } catch (InferenceException e) {
                requests.drop(request);
                batch.fail(i, e);
            }
        }
        out.replaceU32(countAt, count);
        if (model.iterative()) {
            writeEarlier(batch, running, count);
        }
        out.end();
        return count;
    }

    /** For each request of the message what the worker called it in the execution before, 0 where there was none. */
    private void writeEarlier(Batch batch, @Nullable RunningRequest[] running, int count) {
        out.u32(count);
        for (int i = 0; i < running.length; i++) {
            if (running[i] != null) {
                out.u64(EarlierExecution.take(batch.sequenceState(i)));
            }
        }
    }

    private void takeSenders(Batch batch, @Nullable RunningRequest[] running) {
        for (int i = 0; answersBySender && i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                request.sendBy(batch.sender(i));
            }
        }
    }

    private FrameReader ask(@Nullable RunningRequest[] running) throws WorkerGoneException {
        termination.begin(lastHandle(running));
        try {
            return ask();
        } finally {
            termination.end();
        }
    }

    private static long lastHandle(@Nullable RunningRequest[] running) {
        long last = 0;
        for (RunningRequest request : running) {
            last = request == null ? last : request.handle();
        }
        return last;
    }

    private FrameReader ask() throws WorkerGoneException {
        Duration limit = model.executeTimeout();
        return limit == null ? worker.ask(out) : askWithin(limit);
    }

    private FrameReader askWithin(Duration limit) throws WorkerGoneException {
        try (WorkerProcess.Limit _ = worker.limit(limit, "an execution took longer than " + WorkerModel.EXECUTE_TIMEOUT
                + " allows, " + limit.toMillis() + " ms")) {
            return worker.ask(out);
        }
    }

    private void read(FrameReader answer, Batch batch, @Nullable RunningRequest[] running)
            throws MalformedFrameException {
        switch (answer.type()) {
            case MessageType.EXECUTED -> readExecuted(answer, batch, running);
            case MessageType.FAILED -> readFailed(answer, batch, running);
            default -> throw new MalformedFrameException("a message of type " + answer.type()
                    + " after an execution");
        }
        answer.end();
    }

    private void readExecuted(FrameReader in, Batch batch, @Nullable RunningRequest[] running)
            throws MalformedFrameException {
        int count = in.count(1);
        for (int i = 0; i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                readAnswer(in, batch, i, request);
                count--;
            }
        }
        if (count != 0) {
            throw new MalformedFrameException("a wrong number of answers");
        }
        settle(running, in.longs());
        for (long offset : in.longs()) {
            extents.free(offset);
        }
    }

    private void readFailed(FrameReader in, Batch batch, @Nullable RunningRequest[] running)
            throws MalformedFrameException {
        InferenceException error = in.error();
        failures.raised(error.text());
        for (int i = 0; i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                finish(batch, i, request, error);
            }
        }
        settle(running, in.longs());
    }

    private void readAnswer(FrameReader in, Batch batch, int index, RunningRequest request)
            throws MalformedFrameException {
        int kind = in.u8();
        switch (kind) {
            case Answer.RESPONSE -> finish(batch, index, request, responses.response(in, request.request()));
            case Answer.ERROR -> finishByError(batch, index, request, in.error());
            case Answer.BY_SENDER -> {
                answersBySender = true;
                if (!request.hasSender()) {
                    request.sendBy(batch.sender(index));
                }
            }
            case Answer.RESCHEDULED -> reschedule(batch, index, request);
            case Answer.FAILURE -> finish(batch, index, request, in.error());
            case Answer.NOTHING -> finish(batch, index, request, new InferenceException(ErrorCode.INTERNAL,
                    "Failed to process the request(s) for model '" + name() + "', message: the execute function"
                            + " returned no response for the request, and took no response sender for it"));
            default -> throw new MalformedFrameException("an answer of kind " + kind);
        }
    }

    /** What the request has sent until now goes to the client first. */
    private void reschedule(Batch batch, int index, RunningRequest request) throws MalformedFrameException {
        if (!model.iterative()) {
            throw new MalformedFrameException("a request put back by a model without iterative sequences");
        }
        batch.reschedule(index);
        EarlierExecution.keep(batch.sequenceState(index), request.handle());
        if (request.hasSender()) {
            requests.send(request, RunningRequest.Step.endOfTurn());
        }
    }

    private void finish(Batch batch, int index, RunningRequest request, Outcome outcome) {
        if (outcome instanceof InferenceResponse response) {
            newBytes += newBytes(response, request.request());
        }
        if (request.hasSender()) {
            requests.send(request, RunningRequest.Step.end(outcome));
            return;
        }
        switch (outcome) {
            case InferenceResponse response -> batch.respond(index, response);
            case InferenceException error -> batch.fail(index, error);
        }
    }

    /** The model's own answer is an error: it has done its work. */
    private void finishByError(Batch batch, int index, RunningRequest request, InferenceException error) {
        if (request.hasSender()) {
            requests.send(request, RunningRequest.Step.end(error));
        } else {
            batch.respond(index, error);
        }
    }

    private static long newBytes(InferenceResponse response, InferenceRequest request) {
        long bytes = 0;
        for (int i = 0; i < response.outputs().size(); i++) {
            TensorData output = response.outputs().get(i).memory();
            bytes += output.kind() == TensorData.Kind.SHARED && !isInput(output, request) ? output.length() : 0;
        }
        return bytes;
    }

    private static boolean isInput(TensorData output, InferenceRequest request) {
        for (int i = 0; i < request.inputs().size(); i++) {
            TensorData input = request.inputs().get(i).memory();
            if (output.address() >= input.address() && output.address() < input.address() + input.length()) {
                return true;
            }
        }
        return false;
    }

    /** The answers were read; the requests of these handles the worker still refers to. */
    private void settle(@Nullable RunningRequest[] running, long[] kept) {
        for (int i = 0; i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                requests.executed(request,
                        kept.length > 0 && Arrays.stream(kept).anyMatch(handle -> handle == request.handle()));
                running[i] = null;
            }
        }
    }

    /** After a failure: nothing of them is the worker's any more. */
    private void settle(@Nullable RunningRequest[] running) {
        settle(running, new long[0]);
    }

    @Override
    public void terminate() {
        if (model.terminates()) {
            termination.request();
        }
    }

    @Override
    public void forgetTermination() {
        termination.forget();
    }

    @Override
    public CompletableFuture<Boolean> askReady() {
        return calls.askReady(worker.replies());
    }

    @Override
    public void whenGone(Runnable toDo) {
        notification = toDo;
        if (!worker.isAlive()) {
            toDo.run();
        }
    }

    /** On the thread that has seen the process end. */
    private void exited() {
        calls.close();
        extents.close();
        if (requests.hasOpenSenders()) {
            requests.fail(new InferenceException(ErrorCode.INTERNAL, worker.death()));
        }
        Runnable toDo = notification;
        if (!closing && toDo != null) {
            toDo.run();
        }
    }

    /** Responses that a model still owes are waited for, but not for ever. */
    @Override
    public void beginStop() {
        closing = true;
        if (requests.hasOpenSenders()) {
            worker.limit(model.stopLimit(), "responses were still owed when the model was unloaded");
        }
    }

    @Override
    public void close() {
        closing = true;
        if (worker.isAlive()) {
            worker.stop(model.stopLimit());
        }
        worker.close();
        extents.close();
    }
}
