package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestedOutput;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A request of a program that has the server in its own process: say what goes in, then {@link #infer} it. Elements are
 * row-major, and are copied when the request is sent. A request that does not fit the model fails when it is
 * sent, with the text that a client would get.
 * Not thread-safe; may be sent several times.
 *
 * {@snippet :
 * try (InferenceResult result = server.inference().request("my_model").input("x", floats, 1, 16).infer()) {
 *     float[] y = result.output("y").floats();
 * }
 * }
 */
public final class InProcessRequest {
    private final InferenceService service;
    private final TensorMemory memory;
    private final String model;
    private final List<InProcessInput> inputs = new ArrayList<>();
    private final List<RequestedOutput> outputs = new ArrayList<>();
    private final Map<String, ParameterValue> parameters = new HashMap<>();
    private String version = "";
    private String id = "";
    private long priority;
    private long timeoutMicros;
    private CorrelationId correlationId = CorrelationId.none();
    private boolean sequenceStart;
    private boolean sequenceEnd;

    InProcessRequest(InferenceService service, TensorMemory memory, String model) {
        this.service = service;
        this.memory = memory;
        this.model = model;
    }

    /** Asks the version of that number; without this the highest that is ready answers. */
    public InProcessRequest version(long number) {
        version = Long.toString(number);
        return this;
    }

    /** Names the request in traces and errors. */
    public InProcessRequest id(String name) {
        id = name;
        return this;
    }

    /** Its {@code priority}: 1 is served first; 0, the default, leaves it to the model. */
    public InProcessRequest priority(long level) {
        priority = level;
        return this;
    }

    /** How long it may wait in the model's queue, if the model's queue policy lets requests say so. */
    public InProcessRequest timeout(Duration time) {
        timeoutMicros = time.toNanos() / 1000;
        return this;
    }

    /** The sequence that it belongs to, for a model with sequence batching, and whether it is the first or last of it. */
    public InProcessRequest sequence(CorrelationId sequence, boolean start, boolean end) {
        correlationId = sequence;
        sequenceStart = start;
        sequenceEnd = end;
        return this;
    }

    /** A parameter for the backend. */
    public InProcessRequest parameter(String name, ParameterValue value) {
        parameters.put(name, value);
        return this;
    }

    /** An input of {@link DataType#FP32}. */
    public InProcessRequest input(String name, float[] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of {@link DataType#FP64}. */
    public InProcessRequest input(String name, double[] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of {@link DataType#INT32}. */
    public InProcessRequest input(String name, int[] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of {@link DataType#INT64}. */
    public InProcessRequest input(String name, long[] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of {@link DataType#BOOL}. */
    public InProcessRequest input(String name, boolean[] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of {@link DataType#BYTES} whose elements are these texts in UTF-8. */
    public InProcessRequest input(String name, String[] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of {@link DataType#BYTES} whose elements are these bytes, as of a file. */
    public InProcessRequest input(String name, byte[][] elements, long... shape) {
        return add(InProcessInput.of(name, elements, Shape.of(shape)));
    }

    /** An input of any type, its elements as a {@link Tensor} has them. */
    public InProcessRequest input(String name, DataType type, MemorySegment elements, long... shape) {
        return add(new InProcessInput(name, type, Shape.of(shape), elements.byteSize(), to -> to.copyFrom(elements)));
    }

    /** Asks for these outputs; without this, and without {@link #classes}, all come. */
    public InProcessRequest outputs(String... names) {
        for (String name : names) {
            outputs.add(new RequestedOutput(name, true, 0));
        }
        return this;
    }

    /**
     * Asks for the {@code count} best classes of an output, each {@code value:index:label}, in place of its elements.
     */
    public InProcessRequest classes(String output, int count) {
        outputs.add(new RequestedOutput(output, true, count));
        return this;
    }

    /**
     * Sends the request and waits for its answer, which the caller closes.
     *
     * @throws InferenceException what a client would get
     * @throws InterruptedException if the thread is interrupted; the request is cancelled
     */
    public InferenceResult infer() throws InferenceException, InterruptedException {
        SingleAnswer answer = new SingleAnswer();
        answer.cancelsWith(send(answer));
        return answer.await();
    }

    /**
     * Sends the request; the answer, which the receiver closes, or an {@link InferenceException} completes the
     * future. To cancel the future cancels the request. Completed on a thread of the model: what is chained to it
     * must not block.
     */
    public CompletableFuture<InferenceResult> inferAsync() {
        SingleAnswer answer = new SingleAnswer();
        try {
            answer.cancelsWith(send(answer));
        } catch (InferenceException e) {
            answer.onError(e);
        }
        return answer.future();
    }

    /**
     * Sends the request to a model that may answer any number of times. The listener owns the responses, as
     * {@link InferenceService#infer} says.
     *
     * @throws InferenceException what a client would get; the listener is not called then
     */
    public Cancellation send(ResponseListener listener) throws InferenceException {
        return service.infer(model, version, toClientRequest(), listener);
    }

    private InProcessRequest add(InProcessInput input) {
        inputs.add(input);
        return this;
    }

    private ClientRequest toClientRequest() throws InferenceException {
        long byteSize = inputs.stream().mapToLong(input -> TensorMemory.aligned(input.byteSize())).sum();
        TensorBuffer buffer = memory.allocate(byteSize);
        try {
            return new ClientRequest(id, tensors(buffer.segment()), List.copyOf(outputs), true,
                    new RequestOptions(priority, timeoutMicros, correlationId, sequenceStart, sequenceEnd),
                    Map.copyOf(parameters), buffer);
        } catch (RuntimeException | Error e) { // a segment that cannot be read, of an arena that is closed
            buffer.release();
            throw e;
        }
    }

    private List<Tensor> tensors(MemorySegment place) {
        List<Tensor> tensors = new ArrayList<>(inputs.size());
        long at = 0;
        for (InProcessInput input : inputs) {
            tensors.add(input.writeTo(place.asSlice(at)));
            at += TensorMemory.aligned(input.byteSize());
        }
        return tensors;
    }
}
