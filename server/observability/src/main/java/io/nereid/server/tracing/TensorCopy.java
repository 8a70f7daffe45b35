package io.nereid.server.tracing;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The first elements of a tensor on the heap, for its trace: the original's memory goes on to others. Immutable.
 */
public final class TensorCopy {
    private final String name;
    private final DataType dataType;
    private final Shape shape;
    private final byte[] data;
    private final boolean cut;

    private TensorCopy(String name, DataType dataType, Shape shape, byte[] data, boolean cut) {
        this.name = name;
        this.dataType = dataType;
        this.shape = shape;
        this.data = data;
        this.cut = cut;
    }

    /**
     * Copies as much of a tensor as {@code memory} allows; of one whose data went elsewhere, as to shared memory,
     * there is none, and of one in memory of a GPU none is copied.
     */
    public static TensorCopy of(Tensor tensor, TraceMemory memory) {
        long size = tensor.byteSize();
        if (!tensor.memory().kind().isHost()) {
            return new TensorCopy(tensor.name(), tensor.dataType(), tensor.shape(), new byte[0], size > 0);
        }
        int bytes = memory.takeBytes(size);
        return new TensorCopy(tensor.name(), tensor.dataType(), tensor.shape(),
                tensor.data().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE), bytes < size);
    }

    /** Its input's or output's name. */
    public String name() {
        return name;
    }

    /** The type of its elements. */
    public DataType dataType() {
        return dataType;
    }

    /** Its full shape. */
    public Shape shape() {
        return shape;
    }

    /** Whether there are more elements than {@link #data} has. */
    boolean isCut() {
        return cut;
    }

    MemorySegment data() {
        return MemorySegment.ofArray(data);
    }
}
