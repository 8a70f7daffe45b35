package io.nereid.server.grpc;

import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.codec.MessagePieces;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A message as it came: its bytes still lie in the pieces that the network library read them into, or, if it was
 * compressed, in tensor memory. Read once; its owner closes it in every case. Not thread-safe.
 */
final class ReceivedMessage implements MessagePieces, AutoCloseable {
    private static final int FIRST_BYTES = 64 << 10;

    private final InputStream stream;
    private final @Nullable TensorBuffer plain;
    private final @Nullable InferenceException error;
    private final long length;
    private int given;
    private boolean plainGiven;
    /** What is held for it, until it is closed. */
    private Lease held = Lease.NONE;

    private ReceivedMessage(InputStream stream, @Nullable TensorBuffer plain, @Nullable InferenceException error,
            long length) {
        this.stream = stream;
        this.plain = plain;
        this.error = error;
        this.length = length;
    }

    /**
     * Takes the message over from gRPC's stream, which may be closed then.
     *
     * @param maxDecompressed the most bytes a compressed message may have when it is not compressed any more
     */
    static ReceivedMessage of(InputStream stream, TensorMemory memory, long maxDecompressed) {
        try {
            if (stream instanceof Detachable detachable && stream instanceof HasByteBuffer buffers
                    && buffers.byteBufferSupported()) {
                InputStream own = detachable.detach();
                return new ReceivedMessage(own, null, null, own.available());
            }
            TensorBuffer plain = readAll(stream, memory, maxDecompressed);
            return new ReceivedMessage(InputStream.nullInputStream(), plain, null, plain.segment().byteSize());
        } catch (InferenceException e) {
            return new ReceivedMessage(InputStream.nullInputStream(), null, e, 0);
        } catch (IOException | RuntimeException e) { // as of a broken gzip
            return new ReceivedMessage(InputStream.nullInputStream(), null, new InferenceException(
                    ErrorCode.INVALID_ARG, "the request message cannot be read: " + e.getMessage()), 0);
        }
    }

    private static TensorBuffer readAll(InputStream stream, TensorMemory memory, long most)
            throws IOException, InferenceException {
        byte[] chunk = new byte[16 << 10];
        TensorBuffer all = memory.allocate(FIRST_BYTES);
        long got = 0;
        boolean complete = false;
        try {
            for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
                if (got + read > most) {
                    throw new InferenceException(ErrorCode.INVALID_ARG,
                            "decompressed request exceeds the maximum allowed value of " + most
                                    + " bytes. Use --http-max-input-size to increase the limit.");
                }
                if (got + read > all.segment().byteSize()) {
                    TensorBuffer larger = memory.allocate(all.segment().byteSize() * 2);
                    larger.segment().asSlice(0, got).copyFrom(all.segment().asSlice(0, got));
                    all.release();
                    all = larger;
                }
                all.segment().asSlice(got, read).copyFrom(MemorySegment.ofArray(chunk).asSlice(0, read));
                got += read;
            }
            all.narrow(0, got);
            complete = true;
            return all;
        } finally {
            if (!complete) {
                all.release();
            }
        }
    }

    /** Takes over what is held for the message until it is closed. */
    void holding(Lease lease) {
        held = lease;
    }

    /** Bytes of it, without compression. */
    long length() {
        return length;
    }

    @Override
    public @Nullable ByteBuffer next() throws InferenceException {
        if (plain != null) {
            boolean first = !plainGiven;
            plainGiven = true;
            return first ? plain.segment().asByteBuffer() : null;
        }
        try {
            long skipped = stream.skip(given); // what was read goes back to the network library piece by piece
            given = 0;
            ByteBuffer piece = skipped < 0 || stream.available() == 0 ? null : ((HasByteBuffer) stream).getByteBuffer();
            given = piece == null ? 0 : piece.remaining();
            return piece;
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "the request message cannot be read: " + e.getMessage(),
                    e);
        }
    }

    /** Its first piece, to be looked at before anything is read; null where there is none. */
    @Nullable
    ByteBuffer peek() {
        if (plain != null) {
            return plain.segment().asByteBuffer();
        }
        try {
            ByteBuffer first = error != null || stream.available() == 0 ? null
                    : ((HasByteBuffer) stream).getByteBuffer();
            return first == null ? null : first.duplicate();
        } catch (IOException _) {
            return null; // whoever reads it says so
        }
    }

    /** Throws what kept the message from being received; to be asked before it is read. */
    void check() throws InferenceException {
        if (error != null) {
            throw error;
        }
    }

    @Override
    public void close() {
        held.release();
        if (plain != null) {
            plain.release();
        }
        try {
            stream.close();
        } catch (IOException e) {
            throw new IllegalStateException("a buffer could not be closed", e); // it has nothing that could fail
        }
    }
}
