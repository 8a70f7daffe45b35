package io.nereid.backend.repeat;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.Sleeper;
import io.nereid.backend.StreamThread;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.TensorAllocator;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.ResponseSender;

import java.util.ArrayList;
import java.util.List;

/**
 * Starts a stream for each request, and holds its thread up for as long as the request says. If the model is not
 * decoupled, it answers on its thread.
 */
final class RepeatInstance implements ModelInstance {
    private final String name;
    private final int gpu;
    private final boolean decoupled;
    private final Sleeper sleeper;
    private final TensorAllocator memory;
    /** What the instance thread waits for. */
    private volatile List<Repetition> running = List.of();
    /** Whether the execution under way, or about to begin, is to end at once. */
    private volatile boolean terminated;
    /** Whether no execution is to wait any more. */
    private volatile boolean stopping;

    RepeatInstance(InstancePlacement placement, boolean decoupled, Sleeper sleeper, TensorAllocator memory) {
        this.name = placement.name();
        this.gpu = placement.gpu();
        this.decoupled = decoupled;
        this.sleeper = sleeper;
        this.memory = memory;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int gpu() {
        return gpu;
    }

    @Override
    public void execute(Batch batch) {
        batch.inputsReady();
        List<Repetition> started = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            if (decoupled) {
                start(batch.request(i), batch.sender(i), started);
            } else {
                answer(batch, i);
            }
        }
        try {
            runs(started);
            started.forEach(Repetition::waitAsAsked);
        } finally {
            running = List.of();
        }
    }

    /** Whoever ends them sees them from here on; what they missed is made up for. */
    private void runs(List<Repetition> repetitions) {
        running = repetitions;
        if (stopping) {
            repetitions.forEach(Repetition::endWait);
        }
        if (terminated) {
            repetitions.forEach(Repetition::cancel);
        }
    }

    private void answer(Batch batch, int index) {
        try {
            Repetition repetition = Repetition.of(batch.request(index), sleeper, memory);
            runs(List.of(repetition));
            batch.respond(index, repetition.onlyResponse());
        } catch (InferenceException e) {
            batch.fail(index, e);
        }
    }

    private void start(InferenceRequest request, ResponseSender sender, List<Repetition> started) {
        Repetition repetition;
        try {
            repetition = Repetition.of(request, sleeper, memory);
        } catch (InferenceException e) {
            sender.fail(e);
            return;
        }
        sender.onCancel(repetition::cancel);
        try {
            StreamThread.start(name, sender, repetition);
        } catch (RuntimeException | Error e) { // the execution fails, and the sender with it
            repetition.release();
            throw e;
        }
        started.add(repetition);
    }

    /** Not called where there are senders: these are cancelled one by one. */
    @Override
    public void terminate() {
        terminated = true;
        running.forEach(Repetition::cancel);
    }

    @Override
    public void forgetTermination() {
        terminated = false;
    }

    @Override
    public void beginStop() {
        stopping = true;
        running.forEach(Repetition::endWait);
    }

    @Override
    public void close() {
        // It holds nothing between executions.
    }
}
