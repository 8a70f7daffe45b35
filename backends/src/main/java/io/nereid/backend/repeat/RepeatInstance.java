package io.nereid.backend.repeat;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.Sleeper;
import io.nereid.backend.StreamThread;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.ResponseSender;

import java.util.ArrayList;
import java.util.List;

/** Starts a stream for each request, and holds its thread up for as long as the request says. */
final class RepeatInstance implements ModelInstance {
    private final String name;
    private final int gpu;
    private final Sleeper sleeper;
    private final TensorMemory memory;

    RepeatInstance(InstancePlacement placement, Sleeper sleeper, TensorMemory memory) {
        this.name = placement.name();
        this.gpu = placement.gpu();
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
            start(batch.request(i), batch.sender(i), started);
        }
        started.forEach(Repetition::waitAsAsked);
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

    @Override
    public void close() {
        // It holds nothing between executions.
    }
}
