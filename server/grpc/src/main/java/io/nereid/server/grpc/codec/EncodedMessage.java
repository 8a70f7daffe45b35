package io.nereid.server.grpc.codec;

import io.nereid.inference.Lease;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * A message ready to be sent: bytes, and tensors that follow them and still lie where the model put them. Whoever
 * made it keeps that memory until the message is handed over; whoever writes it later retains it meanwhile. Its bytes
 * never change; thread-safe once it is {@link #holding}.
 */
public final class EncodedMessage {
    /** Large enough that calls do not matter, small enough to stay in the processor's cache. */
    private static final int CHUNK = 16 << 10;
    private static final ThreadLocal<byte[]> CHUNKS = ThreadLocal.withInitial(() -> new byte[CHUNK]);

    private final byte[] head;
    private final int headLength;
    private final List<Part> parts;
    private final long length;
    /** What the tensors lie in; null while nobody has said so. */
    private @Nullable Lease memory;

    /**
     * A tensor and the bytes that stand before it.
     *
     * @param headEnd where these end in the message's head; they begin where those of the part before end
     */
    record Part(int headEnd, MemorySegment data) {}

    EncodedMessage(byte[] head, int headLength, List<Part> parts) {
        this.head = head;
        this.headLength = headLength;
        this.parts = parts;
        long bytes = headLength;
        for (Part part : parts) {
            bytes += part.data.byteSize();
        }
        this.length = bytes;
    }

    /** Bytes of it. */
    public long length() {
        return length;
    }

    /**
     * Says what the tensors lie in, once, before the message is handed to another thread.
     *
     * @return a lease on it, which takes the place of the given one
     */
    public Lease holding(Lease lease) {
        Lease counted = Lease.counted(lease);
        memory = counted;
        return counted;
    }

    /** Keeps the memory of the tensors until a {@link #release} more. Only while somebody holds it. */
    public void retain() {
        if (memory != null) {
            memory.retain(1);
        }
    }

    /** Gives the memory back, once for each {@link #retain}. */
    public void release() {
        if (memory != null) {
            memory.release();
        }
    }

    /** Shows all its bytes in their order, a tensor in one piece. */
    public void forEachPiece(Consumer<ByteBuffer> reader) {
        int shown = 0;
        for (Part part : parts) {
            reader.accept(ByteBuffer.wrap(head, shown, part.headEnd - shown));
            shown = part.headEnd;
            reader.accept(part.data.asByteBuffer());
        }
        reader.accept(ByteBuffer.wrap(head, shown, headLength - shown));
    }

    /** Writes it, to be compressed. The tensors pass through a small array, as what compresses takes no other. */
    public void writeTo(OutputStream out) throws IOException {
        int written = 0;
        for (Part part : parts) {
            out.write(head, written, part.headEnd - written);
            written = part.headEnd;
            copy(part.data, out);
        }
        out.write(head, written, headLength - written);
    }

    private static void copy(MemorySegment data, OutputStream out) throws IOException {
        byte[] chunk = data.byteSize() < CHUNK / 4 ? new byte[(int) data.byteSize()] : CHUNKS.get();
        for (long at = 0; at < data.byteSize(); at += chunk.length) {
            int part = (int) Math.min(chunk.length, data.byteSize() - at);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, chunk, 0, part);
            out.write(chunk, 0, part);
        }
    }
}
