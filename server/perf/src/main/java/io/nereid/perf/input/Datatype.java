package io.nereid.perf.input;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Element types under their names on the wire. Elements lie little-endian and row-major. */
public enum Datatype {
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
    BF16(2),
    FP32(4),
    FP64(8),
    BYTES(0);

    private final int byteSize;

    Datatype(int byteSize) {
        this.byteSize = byteSize;
    }

    /** Bytes of one element; 0 for {@link #BYTES}, each of which is a 4-byte little-endian length and the bytes. */
    public int byteSize() {
        return byteSize;
    }

    /**
     * The type of that name.
     *
     * @param tensor whose type it is, for the message
     */
    static Datatype named(String name, String tensor) throws InputException {
        for (Datatype type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        String known = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
        throw new InputException("datatype of " + tensor + ": got " + name + " (expected one of " + known + ")");
    }
}
