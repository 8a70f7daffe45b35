package io.nereid.server.inference;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/**
 * An output of an {@link InferenceResult}, as a new array of its elements, row-major, or where it lies. Each method
 * that gives an array says which types it is for, and throws an {@link IllegalStateException} for another.
 */
public final class OutputTensor {
    private final Tensor tensor;

    OutputTensor(Tensor tensor) {
        this.tensor = tensor;
    }

    /** Its name in the model's configuration. */
    public String name() {
        return tensor.name();
    }

    /** The type of its elements. */
    public DataType dataType() {
        return tensor.dataType();
    }

    /** Its dimensions, the batch first where the model batches. */
    public Shape shape() {
        return tensor.shape();
    }

    /** The elements where they lie, little-endian; not read after the result is closed. */
    public MemorySegment segment() {
        return tensor.data().asReadOnly();
    }

    /** The elements of FP32. */
    public float[] floats() {
        require(DataType.FP32);
        return tensor.data().toArray(ElementLayout.FLOAT);
    }

    /** The elements of FP64. */
    public double[] doubles() {
        require(DataType.FP64);
        return tensor.data().toArray(ElementLayout.DOUBLE);
    }

    /** The elements of INT32; those of UINT32 with their bits. */
    public int[] ints() {
        require(DataType.INT32, DataType.UINT32);
        return tensor.data().toArray(ElementLayout.INT);
    }

    /** The elements of INT64; those of UINT64 with their bits. */
    public long[] longs() {
        require(DataType.INT64, DataType.UINT64);
        return tensor.data().toArray(ElementLayout.LONG);
    }

    /** The elements of INT16; those of UINT16, FP16 and BF16 with their bits. */
    public short[] shorts() {
        require(DataType.INT16, DataType.UINT16, DataType.FP16, DataType.BF16);
        return tensor.data().toArray(ElementLayout.SHORT);
    }

    /** The elements of INT8; those of UINT8 with their bits. */
    public byte[] bytes() {
        require(DataType.INT8, DataType.UINT8);
        return tensor.data().toArray(JAVA_BYTE);
    }

    /** The elements of BOOL. */
    public boolean[] booleans() {
        require(DataType.BOOL);
        boolean[] elements = new boolean[Math.toIntExact(tensor.byteSize())];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = tensor.data().get(JAVA_BYTE, i) != 0;
        }
        return elements;
    }

    /** The elements of BYTES, read as UTF-8: what is none becomes a replacement character. */
    public List<String> strings() {
        require(DataType.BYTES);
        List<String> elements = new ArrayList<>();
        MemorySegment data = tensor.data();
        for (long at = 0; at < data.byteSize();) {
            int length = data.get(ElementLayout.INT, at);
            elements.add(new String(data.asSlice(at + Integer.BYTES, length).toArray(JAVA_BYTE),
                    StandardCharsets.UTF_8));
            at += Integer.BYTES + length;
        }
        return elements;
    }

    private void require(DataType... types) {
        if (!List.of(types).contains(tensor.dataType())) {
            throw new IllegalStateException(
                    "output '%s' has elements of type %s (asked for %s)".formatted(name(), tensor.dataType(),
                            String.join(", ", List.of(types).stream().map(DataType::name).toList())));
        }
    }
}
