package io.nereid.backend.worker.message;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of one frame, one after the other. What it reads is a worker's, and so not to be believed: whatever does
 * not fit is a {@link MalformedFrameException}. Not thread-safe.
 */
public final class FrameReader {
    /** A tensor's data lies in the frame. */
    static final int INLINE = 0;
    /** A tensor's data lies in shared memory. */
    static final int SHARED = 1;
    /** It lies there, and others have it too; never from a worker. */
    static final int SHARED_BY_SEVERAL = 2;
    /** Where inline data begins: a multiple of this from the beginning of the frame. */
    private static final int INLINE_ALIGNMENT = 16;
    private static final int MAX_RANK = 1024;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final boolean fromServer;
    private byte[] bytes = new byte[0];
    private int begin;
    private int position;
    private int end;
    private int type;

    /** @param fromServer whether it reads for a worker what its server has sent */
    FrameReader(boolean fromServer) {
        this.fromServer = fromServer;
    }

    /**
     * Begins with a frame that lies in {@code array} from {@code begin}, its length field, to {@code end}.
     *
     * @throws MalformedFrameException if it has no type
     */
    FrameReader read(byte[] array, int begin, int end) throws MalformedFrameException {
        this.bytes = array;
        this.begin = begin;
        this.position = begin + Integer.BYTES;
        this.end = end;
        this.type = u8();
        return this;
    }

    /** A reader of that frame, which is whole. */
    public static FrameReader of(byte[] frame) throws MalformedFrameException {
        return new FrameReader(false).read(frame, 0, frame.length);
    }

    static int aligned(int fromBegin) {
        return Math.addExact(fromBegin, INLINE_ALIGNMENT - 1) & -INLINE_ALIGNMENT;
    }

    /** The frame's {@link MessageType}. */
    public int type() {
        return type;
    }

    /** One byte. */
    public int u8() throws MalformedFrameException {
        return bytes[advance(1)] & 0xff;
    }

    /** One byte that is 0 or 1. */
    public boolean flag() throws MalformedFrameException {
        int value = u8();
        if (value > 1) {
            throw new MalformedFrameException("a flag is " + value + " (expected 0 or 1)");
        }
        return value == 1;
    }

    /** Four bytes, as a signed number. */
    public int i32() throws MalformedFrameException {
        return (int) INT.get(bytes, advance(Integer.BYTES));
    }

    /** Eight bytes. */
    public long i64() throws MalformedFrameException {
        return (long) LONG.get(bytes, advance(Long.BYTES));
    }

    /** A floating-point number of eight bytes. */
    public double f64() throws MalformedFrameException {
        return Double.longBitsToDouble(i64());
    }

    /** A text. */
    public String str() throws MalformedFrameException {
        int length = i32();
        int from = advance(length);
        return length == 0 ? "" : new String(bytes, from, length, StandardCharsets.UTF_8);
    }

    /**
     * How many elements follow, of which each takes at least {@code leastBytes}: so that nobody makes a list of what
     * cannot be there.
     */
    public int count(int leastBytes) throws MalformedFrameException {
        int count = i32();
        if (count < 0 || (long) count * leastBytes > end - position) {
            throw new MalformedFrameException(Integer.toUnsignedString(count) + " elements in the "
                    + (end - position) + " bytes that are left of the frame");
        }
        return count;
    }

    /** A list of texts. */
    public List<String> strings() throws MalformedFrameException {
        int count = count(Integer.BYTES);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(str());
        }
        return texts;
    }

    /** A list of numbers of eight bytes. */
    public long[] longs() throws MalformedFrameException {
        long[] values = new long[count(Long.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i64();
        }
        return values;
    }

    /** The code and the text of an error. */
    public InferenceException error() throws MalformedFrameException {
        return new InferenceException(WireCodes.errorCode(u8()), str());
    }

    /** A tensor; its inline data is of use until the next frame is read. */
    public WireTensor tensor() throws MalformedFrameException {
        String name = str();
        DataType dataType = WireCodes.dataType(u8());
        Shape shape = shape();
        return new WireTensor(name, dataType, shape, location());
    }

    /** A list of tensors. */
    public List<WireTensor> tensors() throws MalformedFrameException {
        int count = count(Long.BYTES);
        List<WireTensor> tensors = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tensors.add(tensor());
        }
        return tensors;
    }

    private Shape shape() throws MalformedFrameException {
        int rank = count(Long.BYTES);
        if (rank > MAX_RANK) {
            throw new MalformedFrameException("a shape of " + rank + " dimensions");
        }
        long[] dims = new long[rank];
        for (int i = 0; i < rank; i++) {
            dims[i] = i64();
            if (dims[i] < 0) {
                throw new MalformedFrameException("a dimension is " + dims[i]);
            }
        }
        return Shape.of(dims);
    }

    /** Where data lies; if inline, of use until the next frame is read. */
    public Location location() throws MalformedFrameException {
        int kind = u8();
        if (kind == INLINE) {
            return inline();
        }
        if (kind == SHARED || (fromServer && kind == SHARED_BY_SEVERAL)) {
            return new Location.Shared(i64(), i64());
        }
        throw new MalformedFrameException("data of a location of kind " + kind);
    }

    private Location inline() throws MalformedFrameException {
        int length = i32();
        advance(aligned(position - begin) - (position - begin));
        int from = advance(length);
        return new Location.Inline(MemorySegment.ofArray(bytes).asSlice(from, length));
    }

    /** Checks that nothing is left. */
    public void end() throws MalformedFrameException {
        if (position != end) {
            throw new MalformedFrameException((end - position) + " bytes behind a message of type " + type);
        }
    }

    private int advance(int length) throws MalformedFrameException {
        int from = position;
        if (length < 0 || length > end - from) {
            throw new MalformedFrameException("a field of " + Integer.toUnsignedString(length) + " bytes in the "
                    + (end - from) + " bytes that are left of the frame");
        }
        position = from + length;
        return from;
    }
}
