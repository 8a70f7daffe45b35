package io.nereid.inference;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How elements lie in tensor memory: little-endian, at any address, since a tensor may begin anywhere in a body. */
public final class ElementLayout {
    /** Two bytes: INT16, UINT16, FP16 and BF16. */
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Four bytes: INT32, UINT32, and the length in front of each element of BYTES. */
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Eight bytes: INT64 and UINT64. */
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** FP32. */
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** FP64. */
    public static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private ElementLayout() {}
}
