package io.nereid.modelrepo.config;

/** The element type of a tensor, with its name in configurations and on the wire. */
@SuppressWarnings("EnumOrdinal") // declared in the order of the schema's numbers
public enum DataType {
    INVALID("", 0), BOOL("BOOL", 1), UINT8("UINT8", 1), UINT16("UINT16", 2), UINT32("UINT32", 4), UINT64("UINT64",
            8), INT8("INT8", 1), INT16("INT16", 2), INT32("INT32", 4), INT64("INT64",
                    8), FP16("FP16", 2), FP32("FP32", 4), FP64("FP64", 8), STRING("BYTES", 0), BF16("BF16", 2);

    private static final DataType[] BY_NUMBER = values();

    private final String wireName;
    private final int byteSize;

    DataType(String wireName, int byteSize) {
        this.wireName = wireName;
        this.byteSize = byteSize;
    }

    /** The name in inference requests and metadata, as {@code FP32} or {@code BYTES}; empty for {@link #INVALID}. */
    public String wireName() {
        return wireName;
    }

    /** The name in configurations, as {@code TYPE_FP32} or {@code TYPE_STRING}. */
    public String configName() {
        return "TYPE_" + name();
    }

    /** Bytes of one element; 0 where elements have no fixed size. */
    public int byteSize() {
        return byteSize;
    }

    /** The number in the schema. */
    int number() {
        return ordinal();
    }

    static DataType of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : INVALID;
    }
}
