package io.nereid.backend.image.decode;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The bytes of a file of a known format. Whoever reads past the end gets the error that the file ends early. Not to be
 * used longer than the memory under it.
 */
final class FileBytes {
    private static final ValueLayout.OfShort SHORT_BIG = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT_LITTLE = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT_BIG = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT_LITTLE = ValueLayout.JAVA_INT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ImageFormat format;
    private final MemorySegment bytes;

    FileBytes(ImageFormat format, MemorySegment bytes) {
        this.format = format;
        this.bytes = bytes;
    }

    long size() {
        return bytes.byteSize();
    }

    int u8(long at) throws InferenceException {
        require(at, 1);
        return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    int u16Big(long at) throws InferenceException {
        require(at, 2);
        return bytes.get(SHORT_BIG, at) & 0xffff;
    }

    int u16Little(long at) throws InferenceException {
        require(at, 2);
        return bytes.get(SHORT_LITTLE, at) & 0xffff;
    }

    long u32Big(long at) throws InferenceException {
        require(at, 4);
        return Integer.toUnsignedLong(bytes.get(INT_BIG, at));
    }

    long u32Little(long at) throws InferenceException {
        require(at, 4);
        return Integer.toUnsignedLong(bytes.get(INT_LITTLE, at));
    }

    int i32Little(long at) throws InferenceException {
        require(at, 4);
        return bytes.get(INT_LITTLE, at);
    }

    boolean has(long at, String text) {
        return at <= size() && ImageFormat.begins(bytes.asSlice(at), text);
    }

    MemorySegment slice(long at, long count) throws InferenceException {
        require(at, count);
        return bytes.asSlice(at, count);
    }

    private void require(long at, long count) throws InferenceException {
        if (count > size() - at) {
            throw endsEarly();
        }
    }

    /** The error of a file that has not all its bytes. */
    InferenceException endsEarly() {
        return wrong("that ends early");
    }

    /** The error of a file, in words that stand behind the format's name. */
    InferenceException wrong(String how) {
        return new InferenceException(ErrorCode.INVALID_ARG, "got " + format.words() + " " + how);
    }
}
