package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/** The content codings of requests and replies: gzip, and deflate, which is zlib's format. */
public enum Compression {
    GZIP("gzip") {
        @Override
        InputStream reading(InputStream in) throws IOException {
            return new GZIPInputStream(in);
        }

        @Override
        OutputStream writing(OutputStream out) throws IOException {
            return new GZIPOutputStream(out);
        }
    },
    DEFLATE("deflate") {
        @Override
        InputStream reading(InputStream in) {
            return new InflaterInputStream(in);
        }

        @Override
        OutputStream writing(OutputStream out) {
            return new DeflaterOutputStream(out);
        }
    };

    private static final int HEAD_BYTES = 1 << 10;
    private static final int STEP_BYTES = 16 << 10;

    private final String token;

    Compression(String token) {
        this.token = token;
    }

    abstract InputStream reading(InputStream in) throws IOException;

    abstract OutputStream writing(OutputStream out) throws IOException;

    /** The coding's name in header lines. */
    String token() {
        return token;
    }

    /**
     * The coding of a request, null for none.
     *
     * @throws InferenceException UNSUPPORTED for any other
     */
    static @Nullable Compression ofRequest(@Nullable String contentEncoding) throws InferenceException {
        String name = contentEncoding == null ? "" : contentEncoding.strip().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "", "identity" -> null;
            case "gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            default -> throw new InferenceException(ErrorCode.UNSUPPORTED, "Unsupported compression type");
        };
    }

    /**
     * Refuses a compressed request.
     *
     * @param routes who takes none, for the text
     * @throws InferenceException INVALID_ARG
     */
    public static void refuse(HttpHeaders headers, String routes) throws InferenceException {
        String encoding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
        String name = encoding == null ? "" : encoding.strip();
        if (!name.isEmpty() && !name.equalsIgnoreCase("identity")) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Unsupported content-encoding, only 'identity' is"
                    + " supported. (" + routes + " take uncompressed requests only, got '" + encoding + "')");
        }
    }

    /** The coding a client prefers for the reply, null for none: the highest weight wins, of equal ones the first. */
    static @Nullable Compression preferred(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return null;
        }
        Compression best = null;
        double bestWeight = 0;
        for (String item : acceptEncoding.split(",", -1)) {
            String[] parts = item.split(";", -1);
            double weight = weight(parts);
            if (weight > bestWeight) {
                String name = parts[0].strip().toLowerCase(Locale.ROOT);
                if (name.equals("identity") || name.equals("gzip") || name.equals("deflate")) {
                    best = name.equals("gzip") ? GZIP : name.equals("deflate") ? DEFLATE : null;
                    bestWeight = weight;
                }
            }
        }
        return best;
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i].strip();
            if (part.startsWith("q=")) {
                try {
                    return Double.parseDouble(part.substring(2));
                } catch (NumberFormatException _) {
                    return 0;
                }
            }
        }
        return 1;
    }

    /**
     * The body as it was before the client compressed it, in memory of its own; the caller owns both buffers.
     *
     * @param maxBytes the most it may come to
     * @throws InferenceException INVALID_ARG if it is no such format or larger
     */
    TensorBuffer decompress(TensorBuffer body, TensorAllocator memory, long maxBytes) throws InferenceException {
        long guess = Math.min(body.segment().byteSize() * 2, maxBytes);
        TensorBuffer plain = memory.allocate(Math.max(STEP_BYTES, guess));
        byte[] step = new byte[STEP_BYTES];
        long length = 0;
        try (InputStream in = reading(
                new ByteBufInputStream(Unpooled.wrappedBuffer(body.segment().asByteBuffer())))) {
            for (int count = in.read(step); count >= 0; count = in.read(step)) {
                if (length + count > maxBytes) {
                    throw new InferenceException(ErrorCode.INVALID_ARG,
                            "decompressed request exceeds the maximum allowed value of " + maxBytes
                                    + " bytes. Use --http-max-input-size to increase the limit.");
                }
                plain = withRoom(plain, length, count, memory);
                MemorySegment.copy(MemorySegment.ofArray(step), 0, plain.segment(), length, count);
                length += count;
            }
        } catch (IOException e) {
            plain.release();
            throw new InferenceException(ErrorCode.INVALID_ARG, "request body is no valid " + token + " data: "
                    + (e instanceof EOFException ? "it ends too early" : e.getMessage()), e);
        } catch (InferenceException | RuntimeException | Error e) {
            plain.release();
            throw e;
        }
        plain.narrow(0, length);
        return plain;
    }

    private static TensorBuffer withRoom(TensorBuffer buffer, long used, int more, TensorAllocator memory)
            throws InferenceException {
        if (used + more <= buffer.segment().byteSize()) {
            return buffer;
        }
        TensorBuffer larger = memory.allocate(buffer.segment().byteSize() * 2);
        MemorySegment.copy(buffer.segment(), 0, larger.segment(), 0, used);
        buffer.release();
        return larger;
    }

    /** The same reply, compressed; the given one is used up, unless this fails. */
    HttpReply compress(HttpReply reply, ByteBufAllocator allocator) {
        // As long as it can get: left to itself the buffer would grow in small steps, with a copy each.
        ByteBuf body = allocator.directBuffer((int) Math.min(reply.contentLength() + HEAD_BYTES, Integer.MAX_VALUE));
        try (OutputStream out = writing(new ByteBufOutputStream(body))) {
            reply.body().readBytes(out, reply.body().readableBytes());
            for (MemorySegment segment : reply.tail()) {
                ByteBuf part = Unpooled.wrappedBuffer(segment.asByteBuffer());
                part.readBytes(out, part.readableBytes());
            }
        } catch (IOException e) {
            body.release();
            throw new UncheckedIOException("compressing in memory failed", e);
        } catch (RuntimeException | Error e) {
            body.release();
            throw e;
        }
        HttpReply compressed = new HttpReply(reply.status(), reply.contentType(), reply.headers(), body, List.of(),
                Lease.NONE).withHeader(new HttpReply.Header("Content-Encoding", token));
        reply.release();
        return compressed;
    }
}
