package io.nereid.backend.square;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.StreamThread;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.ResponseSender;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** Starts a stream for each request; a client that reads slowly holds up none but its own. */
final class SquareInstance implements ModelInstance {
    private static final Shape ONE = Shape.of(1);

    private final String name;
    private final int gpu;
    private final TensorMemory memory;

    SquareInstance(InstancePlacement placement, TensorMemory memory) {
        this.name = placement.name();
        this.gpu = placement.gpu();
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
            ResponseSender sender = batch.sender(i);
            try {
                int number = number(batch.request(i));
                StreamThread.start(name, sender, to -> send(number, to));
            } catch (InferenceException e) {
                sender.fail(e);
            }
        }
    }

    private static int number(InferenceRequest request) throws InferenceException {
        Tensor input = request.input("IN");
        if (input == null) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "request '" + request.id() + "' has no input 'IN', which the model needs");
        }
        return input.data().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    /** All responses are the same and lie in one piece of memory. */
    private void send(int number, ResponseSender sender) throws InferenceException {
        TensorBuffer buffer = memory.allocate(Integer.BYTES);
        try {
            buffer.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
            List<Tensor> outputs = List.of(new Tensor("OUT", DataType.INT32, ONE, buffer.segment()));
            for (int i = 0; i < number && !sender.isCancelled(); i++) {
                sender.send(new InferenceResponse(outputs, Map.of(), buffer.retain(1)));
                letOthersRun();
            }
        } finally {
            buffer.release(); // before anybody hears the end
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
