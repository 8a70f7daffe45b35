package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Gives requests the inputs that say where in its sequence each is, and makes null rows (docs/sequences.md). The values
 * of flags are made once; correlation ids are written for each request. Thread-safe.
 */
public final class SequenceControls {
    /** Of a null row: no output has an empty name, so that none is computed for it alone. */
    private static final List<String> NO_OUTPUTS = List.of("");

    private final String model;
    private final Shape shape;
    private final List<FlagValues> flags = new ArrayList<>();
    private final ControlInput.@Nullable Id id;
    private final TensorAllocator memory;
    private final ZeroedMemory zeros = new ZeroedMemory();

    /** The two tensors of a flag. */
    private record FlagValues(ControlInput.Fact fact, Tensor ifFalse, Tensor ifTrue) {
        Tensor of(boolean so) {
            return so ? ifTrue : ifFalse;
        }
    }

    /**
     * A request with its control inputs.
     *
     * @param request owns {@code added} besides what it owned before
     * @param added what was added to its memory
     */
    record Controlled(InferenceRequest request, Lease added) {}

    /**
     * The control inputs of one model.
     *
     * @param model its name, for texts
     * @param inputs at most one for each fact, and one for the id
     * @param batching whether the model's inputs have a batch dimension
     * @param memory where correlation ids are written
     */
    public SequenceControls(String model, List<ControlInput> inputs, boolean batching, TensorAllocator memory) {
        this.model = model;
        this.shape = batching ? Shape.of(1, 1) : Shape.of(1);
        this.memory = memory;
        ControlInput.Id found = null;
        for (ControlInput input : inputs) {
            switch (input) {
                case ControlInput.Id asked -> found = asked;
                case ControlInput.Flag flag -> flags.add(new FlagValues(flag.fact(), constant(flag, flag.ifFalse()),
                        constant(flag, flag.ifTrue())));
            }
        }
        this.id = found;
    }

    /** It lives as long as somebody refers to it. */
    private Tensor constant(ControlInput.Flag flag, double value) {
        MemorySegment data = Arena.ofAuto().allocate(flag.dataType().byteSize(), Long.BYTES);
        switch (flag.dataType()) {
            case INT32 -> data.set(ElementLayout.INT, 0, (int) value);
            case FP32 -> data.set(ElementLayout.FLOAT, 0, (float) value);
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, 0, (byte) (value == 0 ? 0 : 1));
            default -> throw new IllegalArgumentException("a control of type " + flag.dataType());
        }
        return new Tensor(flag.name(), flag.dataType(), shape, data);
    }

    /**
     * The request with its control inputs, over the same memory and some more.
     *
     * @throws InferenceException INVALID_ARG if the model takes no such correlation ids; UNAVAILABLE if there is no
     *     memory. The request keeps its memory then
     */
    Controlled control(InferenceRequest request) throws InferenceException {
        RequestOptions options = request.options();
        List<Tensor> inputs = new ArrayList<>(flags.size() + 1);
        addFlags(inputs, options.sequenceStart(), options.sequenceEnd(), true);
        if (id == null) {
            return inputs.isEmpty() ? new Controlled(request, Lease.NONE)
                    : new Controlled(request.withInputs(inputs, request.memory()), Lease.NONE);
        }
        checkKind(id, options.sequenceId());
        TensorBuffer written = write(id, options.sequenceId());
        inputs.add(new Tensor(id.name(), id.dataType(), shape, written.data()));
        Lease before = request.memory();
        return new Controlled(request.withInputs(inputs, () -> {
            written.release();
            before.release();
        }), written);
    }

    private void addFlags(List<Tensor> inputs, boolean start, boolean end, boolean ready) {
        for (int i = 0; i < flags.size(); i++) {
            FlagValues flag = flags.get(i);
            inputs.add(flag.of(switch (flag.fact()) {
                case START -> start;
                case END -> end;
                case READY -> ready;
            }));
        }
    }

    private void checkKind(ControlInput.Id control, CorrelationId given) throws InferenceException {
        if (given instanceof CorrelationId.ServerId) {
            return; // it is written as the model takes it
        }
        DataType kind = given instanceof CorrelationId.TextId ? DataType.BYTES : DataType.UINT64;
        if ((kind == DataType.BYTES) != (control.dataType() == DataType.BYTES)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "sequence batching control '" + control.name()
                    + "' data-type is '" + kind + "', but model '" + model + "' expects '" + control.dataType()
                    + "'");
        }
    }

    private TensorBuffer write(ControlInput.Id control, CorrelationId given) throws InferenceException {
        return switch (given) {
            case CorrelationId.TextId(String text) -> writeText(text);
            case CorrelationId.NumberId(long number) -> writeNumber(control, number);
            case CorrelationId.ServerId(long number) -> control.dataType() == DataType.BYTES
                    ? writeText(given.toString())
                    : writeNumber(control, number);
        };
    }

    private TensorBuffer writeNumber(ControlInput.Id control, long number) throws InferenceException {
        TensorBuffer buffer = memory.allocate(control.dataType().byteSize());
        if (control.dataType().byteSize() == Integer.BYTES) {
            buffer.segment().set(ElementLayout.INT, 0, (int) number);
        } else {
            buffer.segment().set(ElementLayout.LONG, 0, number);
        }
        return buffer;
    }

    private TensorBuffer writeText(String text) throws InferenceException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        TensorBuffer buffer = memory.allocate(Integer.BYTES + bytes.length);
        buffer.segment().set(ElementLayout.INT, 0, bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer.segment(), Integer.BYTES, bytes.length);
        return buffer;
    }

    /**
     * A request of zeros in the shapes of {@code like}, which has its control inputs; it wants no outputs, and owns no
     * memory.
     */
    public InferenceRequest nullRequest(InferenceRequest like) {
        List<Tensor> inputs = new ArrayList<>(like.inputs().size());
        for (Tensor input : like.inputs()) {
            if (!isFlag(input.name())) {
                inputs.add(new Tensor(input.name(), input.dataType(), input.shape(), zeros.of(input)));
            }
        }
        addFlags(inputs, false, false, false);
        return new InferenceRequest("", inputs, NO_OUTPUTS, like.batchSize(), RequestOptions.DEFAULT, Map.of(),
                Lease.NONE);
    }

    /**
     * The request of the next execution of one that goes back into its sequence: over the same memory, neither the first
     * nor the last.
     */
    public InferenceRequest nextTurn(InferenceRequest request) {
        RequestOptions options = request.options();
        if (!options.sequenceStart() && !options.sequenceEnd()) {
            return request;
        }
        List<Tensor> inputs = new ArrayList<>(request.inputs().size());
        for (Tensor input : request.inputs()) {
            FlagValues flag = flag(input.name());
            inputs.add(flag == null ? input : flag.of(flag.fact() == ControlInput.Fact.READY));
        }
        return request.with(inputs, options.inSequence(options.sequenceId(), false, false));
    }

    private boolean isFlag(String name) {
        return flag(name) != null;
    }

    private @Nullable FlagValues flag(String name) {
        for (int i = 0; i < flags.size(); i++) {
            if (flags.get(i).ifTrue().name().equals(name)) {
                return flags.get(i);
            }
        }
        return null;
    }
}
