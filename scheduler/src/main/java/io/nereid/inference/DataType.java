package io.nereid.inference;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Element types of tensors, under their names on the wire. Elements lie little-endian and row-major in memory.
 *
 * <p>The type that a configuration gives is another enum, in model-repo: it has the schema's names, numbers and its
 * "invalid" type, and model-repo and scheduler know nothing of each other. Whoever knows both goes by the wire name.
 */
public enum DataType {
    BOOL(1),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    FP16(2),
    FP32(4),
    FP64(
            8),
    BYTES(0),
    BF16(2);

    private static final Map<String, DataType> BY_NAME = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(DataType::name, Function.identity()));

    private final int byteSize;

    DataType(int byteSize) {
        this.byteSize = byteSize;
    }

    /**
     * Bytes of one element; 0 for {@link #BYTES}, whose elements are each a 4-byte little-endian length and the bytes.
     */
    public int byteSize() {
        return byteSize;
    }

    /** Whether every element takes the same number of bytes, which is all but {@link #BYTES}. */
    public boolean isFixedSize() {
        return byteSize > 0;
    }

    /** The type of that name on the wire ({@code "FP32"}), or null where there is none. */
    public static @Nullable DataType named(String name) {
        return BY_NAME.get(name);
    }
}
