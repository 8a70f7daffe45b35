package io.nereid.inference;

import java.lang.foreign.MemorySegment;

/**
 * A named tensor over native memory that somebody else owns: the request or the response it belongs to.
 *
 * @param name the input's or output's name in the model's configuration
 * @param dataType the element type
 * @param shape the full shape, batch dimension included
 * @param data the elements, row-major and little-endian, exactly as many bytes as they take; for {@link DataType#BYTES}
 *     each element is a 4-byte little-endian length followed by that many bytes
 */
public record Tensor(String name, DataType dataType, Shape shape, MemorySegment data) {
    /** Bytes of data. */
    public long byteSize() {
        return data.byteSize();
    }
}
