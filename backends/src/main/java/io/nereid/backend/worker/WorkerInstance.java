package io.nereid.backend.worker;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.memory.Extent;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.WorkerGoneException;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.InstanceGoneException;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A model instance that is one worker process: writes the requests of a batch to it, on the instance's thread, and has
 * an {@link AnswerReader} read its answers. Responses of senders come later, on the thread that reads the worker's calls.
 */
public final class WorkerInstance implements ModelInstance {
    private static final long[] NOTHING_KEPT = {};

    private final InstancePlacement placement;
    private final WorkerProcess worker;
    private final WorkerModel model;
    private final WorkerMemory shared;
    private final Extents extents;
    private final RunningRequests requests;
    private final RequestWriter writer;
    private final AnswerReader answers;
    private final CallAnswers calls;
    private final Termination termination;
    private final OutputEstimate estimate;
    private final FrameWriter out = new FrameWriter(4096);
    private volatile boolean closing;
    private volatile boolean exited;
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
        this.answers = new AnswerReader(placement.name(), model, extents, requests, responses);
        this.calls = calls;
        this.termination = new Termination(worker.replies());
        this.writer = new RequestWriter(model.tensors(), shared, extents);
        this.estimate = new OutputEstimate(model.tensors());
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
                estimate.took(answers.read(answer, batch, running), batch.rows());
                if (exited) { // while the answer was read: exited() has left these requests to this thread
                    failOpenSenders();
                }
            }
        } catch (WorkerGoneException e) {
            throw gone(e);
        } catch (MalformedFrameException e) {
            throw gone(worker.broken(e));
        } finally {
            requests.executed(running, NOTHING_KEPT); // after a failure: nothing of them is the worker's any more
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
        for (int i = 0; answers.isBySender() && i < running.length; i++) {
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
        exited = true;
        failOpenSenders();
        Runnable toDo = notification;
        if (!closing && toDo != null) {
            toDo.run();
        }
    }

    /** Ends what the worker still owed; not what it executes, which ends with the execution. */
    private void failOpenSenders() {
        if (requests.hasOpenSenders()) {
            requests.fail(new InferenceException(ErrorCode.INTERNAL, worker.death()));
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
