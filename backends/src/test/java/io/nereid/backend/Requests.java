package io.nereid.backend;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Builds requests whose tensors lie in one buffer each, and reads responses. */
public final class Requests {
    private final TensorMemory memory;
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<TensorBuffer> buffers = new ArrayList<>();
    private List<String> outputs = List.of();
    private int batchSize = 1;

    private Requests(TensorMemory memory) {
        this.memory = memory;
    }

    /** A request without inputs so far. */
    public static Requests in(TensorMemory memory) {
        return new Requests(memory);
    }

    /** Adds an input. */
    public Requests input(String name, DataType type, Shape shape, byte[] data) throws InferenceException {
        return misaligned(name, type, shape, data, 0);
    }

    /** Adds an input that starts {@code offset} bytes into its buffer. */
    public Requests misaligned(String name, DataType type, Shape shape, byte[] data, int offset)
            throws InferenceException {
        TensorBuffer buffer = memory.allocate(data.length + offset);
        MemorySegment segment = buffer.segment().asSlice(offset);
        MemorySegment.copy(data, 0, segment, ValueLayout.JAVA_BYTE, 0, data.length);
        buffers.add(buffer);
        inputs.add(new Tensor(name, type, shape, segment));
        return this;
    }

    /** Adds an input of 32-bit floats. */
    public Requests floats(String name, Shape shape, float... values) throws InferenceException {
        return input(name, DataType.FP32, shape, bytes(values));
    }

    /** Adds an input of one dimension of 32-bit integers. */
    public Requests ints(String name, DataType type, int... values) throws InferenceException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return input(name, type, Shape.of(values.length), bytes.array());
    }

    /** Says how many rows the request has. */
    public Requests rows(int rows) {
        batchSize = rows;
        return this;
    }

    /** Says which outputs are wanted. */
    public Requests wanting(String... names) {
        outputs = List.of(names);
        return this;
    }

    /** The request. */
    public InferenceRequest build() {
        List<TensorBuffer> owned = List.copyOf(buffers);
        return new InferenceRequest("id", List.copyOf(inputs), outputs, batchSize, RequestOptions.DEFAULT, Map.of(),
                () -> owned.forEach(TensorBuffer::release));
    }

    /** Little-endian bytes of floats. */
    public static byte[] bytes(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    /** Strings as a BYTES tensor holds them; characters are bytes. */
    public static byte[] strings(String... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String value : values) {
            byte[] content = value.getBytes(StandardCharsets.ISO_8859_1);
            bytes.writeBytes(
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(content.length).array());
            bytes.writeBytes(content);
        }
        return bytes.toByteArray();
    }

    /** The content of an output. */
    public static byte[] data(Tensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }

    /** The only 32-bit integer of an output. */
    public static int single(InferenceResponse response, String output) {
        int[] values = output(response, output).data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
        if (values.length != 1) {
            throw new AssertionError("expected one element, got " + values.length);
        }
        return values[0];
    }

    /** The floats of an output. */
    public static float[] floats(Tensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    /** The output of that name. */
    public static Tensor output(InferenceResponse response, String name) {
        return response.outputs().stream().filter(tensor -> tensor.name().equals(name)).findFirst()
                .orElseThrow(() -> new AssertionError("no output " + name + " in " + response));
    }
}
