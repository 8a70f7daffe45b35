package io.nereid.modelrepo.config;

/**
 * The element type that a configuration gives a tensor, with its name there, on the wire, and its number in the schema.
 * The types of tensors in memory, with their sizes, are the scheduler's, which this module does not know; the wire name
 * is the same in both.
 */
@SuppressWarnings("EnumOrdinal") // declared in the order of the schema's numbers
public enum DataType {
    INVALID(""),
    BOOL("BOOL"),
    UINT8("UINT8"),
    UINT16("UINT16"),
    UINT32("UINT32"),
    UINT64("UINT64"),
    INT8(
            "INT8"),
    INT16(
            "INT16"),
    INT32("INT32"),
    INT64(
            "INT64"),
    FP16("FP16"),
    FP32("FP32"),
    FP64("FP64"),
    STRING("BYTES"),
    BF16("BF16");

    private static final DataType[] BY_NUMBER = values();

    private final String wireName;

    DataType(String wireName) {
        this.wireName = wireName;
    }

    /** The name in inference requests and metadata, as {@code FP32} or {@code BYTES}; empty for {@link #INVALID}. */
    public String wireName() {
        return wireName;
    }

    /** The name in configurations, as {@code TYPE_FP32} or {@code TYPE_STRING}. */
    public String configName() {
        return "TYPE_" + name();
    }

    /** The number in the schema. */
    int number() {
        return ordinal();
    }

    static DataType of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : INVALID;
    }
}
