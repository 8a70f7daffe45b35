package io.nereid.backend.worker.message;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Makes one frame after the other in an array that grows with the longest. Not thread-safe. */
public final class FrameWriter {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LENGTH_BYTES = 4;
    /** What is kept from frame to frame: a longer array is of use for its frame only. */
    private static final int KEPT_BYTES = 1 << 20;

    private byte[] bytes;
    private int size;

    /** A writer of frames that are mostly no longer than {@code expected} bytes. */
    public FrameWriter(int expected) {
        bytes = new byte[Math.max(expected, 16)];
    }

    /** Begins a frame, and forgets the one before. */
    public FrameWriter begin(int messageType) {
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[KEPT_BYTES];
        }
        size = LENGTH_BYTES;
        return u8(messageType);
    }

    /** Ends the frame: {@link #bytes} up to {@link #size} are what is to be sent. */
    public FrameWriter end() {
        INT.set(bytes, 0, size - LENGTH_BYTES);
        return this;
    }

    /** The array that the frame lies in, from its beginning; of use until the next frame begins. */
    public byte[] bytes() {
        return bytes;
    }

    /** How long the frame is, its length field included. */
    public int size() {
        return size;
    }

    /** Forgets what was written of the frame since it had that size. */
    public void rewind(int size) {
        this.size = size;
    }

    /** Replaces four bytes that were written before. */
    public void replaceU32(int at, int value) {
        INT.set(bytes, at, value);
    }

    /** One byte. */
    public FrameWriter u8(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
        return this;
    }

    /** One byte: 0 or 1. */
    public FrameWriter flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** Four bytes. */
    public FrameWriter u32(int value) {
        reserve(Integer.BYTES);
        INT.set(bytes, size, value);
        size += Integer.BYTES;
        return this;
    }

    /** Eight bytes. */
    public FrameWriter u64(long value) {
        reserve(Long.BYTES);
        LONG.set(bytes, size, value);
        size += Long.BYTES;
        return this;
    }

    /** A floating-point number of eight bytes. */
    public FrameWriter f64(double value) {
        return u64(Double.doubleToRawLongBits(value));
    }

    /** A text. */
    public FrameWriter str(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        u32(encoded.length);
        reserve(encoded.length);
        System.arraycopy(encoded, 0, bytes, size, encoded.length);
        size += encoded.length;
        return this;
    }

    /** How many texts, and each. */
    public FrameWriter strings(List<String> texts) {
        u32(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            str(texts.get(i));
        }
        return this;
    }

    /** The code and the text of an error. */
    public FrameWriter error(InferenceException error) {
        return u8(WireCodes.of(error.code())).str(error.text());
    }

    /** What is in front of a tensor's data. */
    public FrameWriter tensorHead(String name, DataType type, Shape shape) {
        str(name);
        u8(WireCodes.of(type));
        u32(shape.rank());
        for (int i = 0; i < shape.rank(); i++) {
            u64(shape.dim(i));
        }
        return this;
    }

    /** Where a tensor's data lies in shared memory, for the worker alone. */
    public FrameWriter shared(long offset, long length) {
        return u8(FrameReader.SHARED).u64(offset).u64(length);
    }

    /** Where it lies if others have it too: what the worker writes there does not reach them. */
    public FrameWriter sharedBySeveral(long offset, long length) {
        return u8(FrameReader.SHARED_BY_SEVERAL).u64(offset).u64(length);
    }

    /** A tensor's data itself. */
    public FrameWriter inline(MemorySegment data) {
        int length = Math.toIntExact(data.byteSize());
        u8(FrameReader.INLINE).u32(length);
        int begin = FrameReader.aligned(size);
        reserve(begin - size + length);
        Arrays.fill(bytes, size, begin, (byte) 0);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, bytes, begin, length);
        size = begin + length;
        return this;
    }

    private void reserve(int more) {
        if (more > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length + (bytes.length >> 1)));
        }
    }
}
