package io.nereid.server.grpc.codec;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A message ready to be sent: bytes, and tensors that follow them and still lie where the model put them. Whoever
 * made it keeps that memory until it is written. Immutable.
 */
public final class EncodedMessage {
    /** Large enough that calls do not matter, small enough to stay in the processor's cache. */
    private static final int CHUNK = 16 << 10;
    private static final ThreadLocal<byte[]> CHUNKS = ThreadLocal.withInitial(() -> new byte[CHUNK]);

    private final byte[] head;
    private final int headLength;
    private final List<Part> parts;
    private final long length;

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

    /** Writes it. The tensors pass through a small array, since gRPC takes its bytes in no other way. */
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
