package io.nereid.backend.square;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.Pause;
import io.nereid.backend.Sleeper;
import io.nereid.backend.StreamThread;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.ResponseSender;

import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Starts a stream for each request; a client that reads slowly holds up none but its own. If the model is not
 * decoupled, it answers on its thread.
 */
final class SquareInstance implements ModelInstance {
    private static final Shape ONE = Shape.of(1);

    private final String name;
    private final int gpu;
    private final boolean decoupled;
    private final Duration inferDelay;
    private final Duration outputDelay;
    private final Sleeper sleeper;
    private final TensorAllocator memory;
    /** What ends the delays of the execution under way. */
    private volatile Pause running;
    /** Whether that is to end at once. */
    private volatile boolean terminated;

    SquareInstance(InstancePlacement placement, boolean decoupled, Duration inferDelay, Duration outputDelay,
            Sleeper sleeper, TensorAllocator memory) {
        this.name = placement.name();
        this.gpu = placement.gpu();
        this.decoupled = decoupled;
        this.inferDelay = inferDelay;
        this.outputDelay = outputDelay;
        this.sleeper = sleeper;
        this.running = new Pause(sleeper);
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
        for (int i = 0; i < batch.size(); i++) {
            if (decoupled) {
                start(batch.request(i), batch.sender(i));
            } else {
                answer(batch, i);
            }
        }
    }

    private void start(InferenceRequest request, ResponseSender sender) {
        try {
            int number = number(request);
            Pause pause = new Pause(sleeper);
            sender.onCancel(pause::end);
            StreamThread.start(name, sender, to -> send(number, to, pause));
        } catch (InferenceException e) {
            sender.fail(e);
        }
    }

    private void answer(Batch batch, int index) {
        try {
            batch.respond(index, onlyResponse(number(batch.request(index))));
        } catch (InferenceException e) {
            batch.fail(index, e);
        }
    }

    private InferenceResponse onlyResponse(int number) throws InferenceException {
        if (number != 1) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "input 'IN' is " + number
                    + " (expected 1: the model is not decoupled, so that a request has exactly one response)");
        }
        Pause pause = new Pause(sleeper);
        running = pause;
        if (terminated) { // before there was anything to end
            pause.end();
        }
        if (!passes(inferDelay, pause) || !passes(outputDelay, pause)) {
            throw new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it ran");
        }
        TensorBuffer buffer = memory.allocate(Integer.BYTES);
        return new InferenceResponse(outputs(number, buffer), Map.of(), buffer);
    }

    private static boolean passes(Duration delay, Pause pause) {
        return delay.isZero() || pause.sleep(delay);
    }

    private static List<Tensor> outputs(int number, TensorBuffer buffer) {
        buffer.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
        return List.of(new Tensor("OUT", DataType.INT32, ONE, buffer.segment()));
    }

    @Override
    public void terminate() {
        terminated = true;
        running.end();
    }

    @Override
    public void forgetTermination() {
        terminated = false;
    }

    private static int number(InferenceRequest request) throws InferenceException {
        return request.requiredInput("IN").data().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    /** All responses are the same and lie in one piece of memory. */
    private void send(int number, ResponseSender sender, Pause pause) throws InferenceException {
        TensorBuffer buffer = memory.allocate(Integer.BYTES);
        try {
            List<Tensor> outputs = outputs(number, buffer);
            for (int i = 0; i < number && !sender.isCancelled() && passes(inferDelay, pause); i++) {
                sender.outputsStart();
                if (passes(outputDelay, pause)) {
                    sender.send(new InferenceResponse(outputs, Map.of(), buffer.retain(1)));
                }
                letOthersRun();
            }
        } finally {
            buffer.release(); // before the listener receives the end
        }
        sender.end();
    }

    /** A virtual thread that never blocks would keep its carrier from all others. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void letOthersRun() {
        Thread.yield();
    }

    @Override
    public void close() {
        // It holds nothing between executions.
    }
}
