package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Strings between their two forms: ONNX Runtime's values, and the protocol's elements, each a 4-byte little-endian
 * length and that many bytes of any kind.
 */
public final class StringTensor {
    private static final ValueLayout.OfInt LENGTH = ElementLayout.INT;
    private static final long LENGTH_BYTES = LENGTH.byteSize();

    private StringTensor() {}

    /** Fills {@code value} from elements that lie in several pieces of memory, no element in two of them. */
    static void decode(List<MemorySegment> encoded, OrtValue value) throws InferenceException {
        long expected = value.shape().elementCount();
        long index = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            for (MemorySegment piece : encoded) {
                for (long at = 0; at < piece.byteSize(); index++) {
                    long length = length(piece, at);
                    if (length < 0 || index == expected) {
                        throw malformed(value);
                    }
                    MemorySegment.copy(piece, at + LENGTH_BYTES, value.resizedString(index, length, out), 0, length);
                    at += LENGTH_BYTES + length;
                }
            }
        }
        if (index != expected) {
            throw malformed(value);
        }
    }

    /** Length of the element at {@code at}; negative where the memory ends before it does. */
    private static long length(MemorySegment piece, long at) {
        long left = piece.byteSize() - at - LENGTH_BYTES;
        if (left < 0) {
            return -1;
        }
        long length = Integer.toUnsignedLong(piece.get(LENGTH, at));
        return length <= left ? length : -1;
    }

    private static InferenceException malformed(OrtValue value) {
        return new InferenceException(ErrorCode.INVALID_ARG, "the bytes of a string tensor of shape " + value.shape()
                + " are not exactly " + value.shape().elementCount()
                + " elements of a 4-byte length and that many bytes each");
    }

    /** How many bytes {@link #encode} writes. */
    public static long encodedBytes(OrtValue value) throws InferenceException {
        return value.stringBytes() + value.shape().elementCount() * LENGTH_BYTES;
    }

    /**
     * Writes the elements of {@code value} into {@code target}, which {@link #encodedBytes} sized.
     *
     * @param starts takes, for each element, the 64-bit offset in {@code target} at which it starts
     */
    public static void encode(OrtValue value, MemorySegment target, MemorySegment starts) throws InferenceException {
        long count = value.shape().elementCount();
        if (count == 0) {
            return;
        }
        // The strings land at the end of the target and are moved forward to their places; no move reaches one that
        // is still to be moved, for as many lengths stand before a string in the end as strings do.
        long strings = count * LENGTH_BYTES;
        MemorySegment content = target.asSlice(strings);
        value.copyStrings(content, starts.asSlice(0, count * JAVA_LONG.byteSize()));
        for (long i = 0; i < count; i++) {
            long from = starts.getAtIndex(JAVA_LONG, i);
            long to = i + 1 < count ? starts.getAtIndex(JAVA_LONG, i + 1) : content.byteSize();
            long place = from + i * LENGTH_BYTES;
            MemorySegment.copy(target, strings + from, target, place + LENGTH_BYTES, to - from);
            target.set(LENGTH, place, (int) (to - from));
            starts.setAtIndex(JAVA_LONG, i, place);
        }
    }
}
