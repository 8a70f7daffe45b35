package io.nereid.inference;

import java.lang.foreign.MemorySegment;

/**
 * A named tensor over memory that somebody else owns: the request or the response it belongs to.
 *
 * @param name the input's or output's name in the model's configuration
 * @param dataType the element type
 * @param shape the full shape, batch dimension included
 * @param memory holds the elements, row-major and little-endian, exactly as many bytes as they take; for {@link
 *     DataType#BYTES}, which is in host memory always, each element is a 4-byte little-endian length followed by that
 *     many bytes
 */
public record Tensor(String name, DataType dataType, Shape shape, TensorData memory) {
    /** A tensor in pooled host memory. */
    public Tensor(String name, DataType dataType, Shape shape, MemorySegment pooled) {
        this(name, dataType, shape, TensorData.pooled(pooled));
    }

    /**
     * The elements of a tensor in host memory, as every output is that may lie nowhere else.
     *
     * @throws IllegalStateException if they are in memory of a device
     */
    public MemorySegment data() {
        return memory.segment();
    }

    /** The same for one of several that have it, as {@link TensorData#forSeveral}. */
    public Tensor forSeveral() {
        return memory.kind() == TensorData.Kind.SHARED ? new Tensor(name, dataType, shape, memory.forSeveral()) : this;
    }

    /** Bytes of data. */
    public long byteSize() {
        return memory.length();
    }

    /** How many of them are in host memory: all or none. */
    public long hostBytes() {
        return memory.kind().isHost() ? memory.length() : 0;
    }
}
