package io.nereid.server.grpc.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of a protobuf message that lies in several pieces, once and forward. Not thread-safe.
 *
 * <p>What is malformed is INVALID_ARG. A field that the caller does not know is {@link #skip skipped}.
 */
final class ProtoReader {
    /** How the value of a field is written; the lowest three bits of its tag. */
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    /** What goes over the heap at a time, of what is written elsewhere. */
    private static final int MAX_CHUNK = 64 << 10;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final MessagePieces source;
    private final RequestLimits limits;
    private ByteBuffer piece = NOTHING;
    /** What a position in {@link #piece} lacks to be one in the message. */
    private long before;
    /** Where the innermost message that is being read ends. */
    private long limit;
    /** All that were read, which are on the heap. */
    private long textBytes;

    /**
     * A message of {@code length} bytes.
     *
     * @param limits how long its texts may be, one and all together
     */
    ProtoReader(MessagePieces source, long length, RequestLimits limits) {
        this.source = source;
        this.limits = limits;
        this.limit = length;
    }

    /** The tag of the next field of this message: its number, and in the lowest three bits its form; 0 at the end. */
    int tag() throws InferenceException {
        if (position() >= limit) {
            return 0;
        }
        long tag = varint();
        if (tag < 1 << 3 || tag > 0xffff_ffffL) {
            throw malformed("a field has no number");
        }
        return (int) tag;
    }

    /** The tag of a field of that number and form. */
    static int tag(int number, int form) {
        return number << 3 | form;
    }

    long varint() throws InferenceException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = next();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw malformed("a number has more than ten bytes");
    }

    boolean bool() throws InferenceException {
        return varint() != 0;
    }

    int fixed32() throws InferenceException {
        if (piece.remaining() >= Integer.BYTES && limit - position() >= Integer.BYTES) {
            return piece.getInt();
        }
        int value = 0;
        for (int i = 0; i < Integer.SIZE; i += 8) {
            value |= (next() & 0xff) << i;
        }
        return value;
    }

    long fixed64() throws InferenceException {
        return Integer.toUnsignedLong(fixed32()) | (long) fixed32() << 32;
    }

    /**
     * The length that stands before bytes, text and messages; what it promises is not beyond the end of this message.
     */
    long length() throws InferenceException {
        long length = varint();
        if (length < 0 || length > Integer.MAX_VALUE || length > limit - position()) {
            throw malformed("a field is longer than the message");
        }
        return length;
    }

    /** How large the parts of the request may be. */
    RequestLimits limits() {
        return limits;
    }

    /** A name, key or string parameter in UTF-8, its length before it. */
    String text() throws InferenceException {
        int length = (int) length();
        limits.checkString(length);
        return text(length);
    }

    /** Text in UTF-8 that may be as long as all texts of a message together, its length before it. */
    String document() throws InferenceException {
        return text((int) length());
    }

    private String text(int length) throws InferenceException {
        textBytes += length;
        limits.checkHead(textBytes);
        if (length <= piece.remaining()) {
            ByteBuffer bytes = piece.slice(piece.position(), length);
            piece.position(piece.position() + length);
            return decode(bytes);
        }
        byte[] bytes = new byte[length];
        copyTo(MemorySegment.ofArray(bytes));
        return decode(ByteBuffer.wrap(bytes));
    }

    private static String decode(ByteBuffer bytes) throws InferenceException {
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT).decode(bytes).toString();
        } catch (CharacterCodingException _) {
            throw malformed("a text is not UTF-8");
        }
    }

    /** Copies the next bytes, as many as fit into {@code target}, whose length has been read. */
    void copyTo(MemorySegment target) throws InferenceException {
        long got = 0;
        while (got < target.byteSize()) {
            need();
            int part = (int) Math.min(target.byteSize() - got, piece.remaining());
            MemorySegment.copy(MemorySegment.ofBuffer(piece), 0, target, got, part);
            piece.position(piece.position() + part);
            got += part;
        }
    }

    /** Writes the next {@code length} bytes to {@code out}. */
    void copyTo(OutputStream out, long length) throws IOException, InferenceException {
        byte[] chunk = new byte[(int) Math.min(length, MAX_CHUNK)];
        for (long left = length; left > 0;) {
            int part = (int) Math.min(chunk.length, left);
            copyTo(MemorySegment.ofArray(chunk).asSlice(0, part));
            out.write(chunk, 0, part);
            left -= part;
        }
    }

    /** Begins to read a message, list or map entry, its length before it; give what it returns to {@link #leave}. */
    long enter() throws InferenceException {
        long length = length();
        long outer = limit;
        limit = position() + length;
        return outer;
    }

    /** Goes on with the message around, behind whatever is left of this one. */
    void leave(long outer) throws InferenceException {
        skipBytes(limit - position());
        limit = outer;
    }

    /** Whether the message that was entered has more to read. */
    boolean inside() {
        return position() < limit;
    }

    /** Passes over the value of the field that {@link #tag} announced. */
    void skip(int tag) throws InferenceException {
        switch (tag & 7) {
            case VARINT -> varint();
            case FIXED64 -> skipBytes(Long.BYTES);
            case BYTES -> skipBytes(length());
            case FIXED32 -> skipBytes(Integer.BYTES);
            default -> throw malformed("field " + (tag >>> 3) + " is of an unknown form");
        }
    }

    /** Passes over bytes whose length has been read. */
    void skipBytes(long count) throws InferenceException {
        long left = count;
        if (left > limit - position()) {
            throw truncated();
        }
        while (left > 0) {
            need();
            int part = (int) Math.min(left, piece.remaining());
            piece.position(piece.position() + part);
            left -= part;
        }
    }

    private byte next() throws InferenceException {
        if (position() >= limit) {
            throw truncated();
        }
        need();
        return piece.get();
    }

    private long position() {
        return before + piece.position();
    }

    private void need() throws InferenceException {
        while (!piece.hasRemaining()) {
            ByteBuffer next = source.next();
            if (next == null) {
                throw truncated();
            }
            before += piece.position() - next.position();
            piece = next.order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private static InferenceException truncated() {
        return malformed("it ends in the middle of a field");
    }

    static InferenceException malformed(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "the request message is malformed: " + why);
    }
}
