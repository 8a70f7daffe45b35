package io.nereid.server.grpc.http2;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Metadata as headers of HTTP/2, and the other way round. Stateless and thread-safe. */
final class GrpcHeaders {
    static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    static final AsciiString TE = AsciiString.cached("te");
    static final AsciiString TIMEOUT = AsciiString.cached(GrpcTimeout.NAME);
    static final AsciiString ENCODING = AsciiString.cached("grpc-encoding");
    static final AsciiString ACCEPT_ENCODING = AsciiString.cached("grpc-accept-encoding");
    static final AsciiString HOST = AsciiString.cached("host");
    static final AsciiString IDENTITY = AsciiString.cached("identity");
    private static final AsciiString GRPC = AsciiString.cached("application/grpc");
    private static final AsciiString OK = AsciiString.cached("200");
    private static final AsciiString STATUS = AsciiString.cached("grpc-status");
    private static final AsciiString MESSAGE = AsciiString.cached("grpc-message");
    private static final byte[] BINARY_SUFFIX = Metadata.BINARY_HEADER_SUFFIX.getBytes(StandardCharsets.US_ASCII);
    private static final Http2Headers DONE = ReadOnlyHttp2Headers.trailers(false, STATUS, AsciiString.cached("0"));
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private GrpcHeaders() {}

    /** Whether that is the content type of gRPC, whatever its messages are. */
    static boolean isGrpc(CharSequence contentType) {
        if (GRPC.contentEquals(contentType)) {
            return true;
        }
        String type = contentType.toString().toLowerCase(Locale.ROOT);
        int length = GRPC.length();
        return type.startsWith(GRPC.toString())
                && (type.length() == length || type.charAt(length) == '+' || type.charAt(length) == ';');
    }

    /**
     * The metadata of a request: all headers but those of HTTP/2 itself.
     *
     * @throws IllegalArgumentException if a binary one is not in base 64
     */
    static Metadata metadata(Http2Headers headers) {
        byte[][] pairs = new byte[2 * headers.size()][];
        int used = 0;
        for (Map.Entry<CharSequence, CharSequence> header : headers) {
            CharSequence name = header.getKey();
            if (name.isEmpty() || name.charAt(0) == ':' || TE.contentEquals(name) || HOST.contentEquals(name)) {
                continue;
            }
            byte[] key = bytes(name);
            for (byte[] value : values(key, bytes(header.getValue()))) {
                if (used == pairs.length) {
                    pairs = Arrays.copyOf(pairs, 2 * used + 2);
                }
                pairs[used++] = key;
                pairs[used++] = value;
            }
        }
        return InternalMetadata.newMetadata(used / 2, used == pairs.length ? pairs : Arrays.copyOf(pairs, used));
    }

    private static byte[] bytes(CharSequence text) {
        if (text instanceof AsciiString ascii) {
            return ascii.isEntireArrayUsed() ? ascii.array() : ascii.toByteArray();
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static List<byte[]> values(byte[] key, byte[] value) {
        if (!isBinary(key)) {
            return List.of(value);
        }
        List<byte[]> values = new ArrayList<>(1);
        for (String part : new String(value, StandardCharsets.US_ASCII).split(",", -1)) {
            values.add(Base64.getDecoder().decode(part.strip()));
        }
        return values;
    }

    private static boolean isBinary(byte[] key) {
        int start = key.length - BINARY_SUFFIX.length;
        return start >= 0 && Arrays.equals(key, start, key.length, BINARY_SUFFIX, 0, BINARY_SUFFIX.length);
    }

    /**
     * What an answer begins with.
     *
     * @param encoding how its messages may be compressed
     * @param accepted how those of requests may be
     */
    static Http2Headers head(CharSequence encoding, CharSequence accepted, Metadata metadata) {
        Http2Headers headers = begin().add(ENCODING, encoding).add(ACCEPT_ENCODING, accepted);
        add(headers, metadata);
        return headers;
    }

    private static Http2Headers begin() {
        return new DefaultHttp2Headers(false).status(OK).set(CONTENT_TYPE, GRPC);
    }

    /** What an answer ends with. */
    static Http2Headers trailers(Status status, Metadata metadata) {
        if (status.isOk() && status.getDescription() == null && metadata.keys().isEmpty()) {
            return DONE;
        }
        return addEnd(new DefaultHttp2Headers(false), status, metadata);
    }

    /** An answer that has no more than its end. */
    static Http2Headers onlyTrailers(Status status, Metadata metadata) {
        return addEnd(begin(), status, metadata);
    }

    private static Http2Headers addEnd(Http2Headers headers, Status status, Metadata metadata) {
        headers.add(STATUS, Integer.toString(status.getCode().value()));
        addMessage(headers, status.getDescription());
        add(headers, metadata);
        return headers;
    }

    /** An answer to a request that is none of gRPC's, in the words of HTTP; a text follows. */
    static Http2Headers httpError(int code, Status status) {
        Http2Headers headers = new DefaultHttp2Headers(false).status(Integer.toString(code)).set(CONTENT_TYPE,
                "text/plain; charset=utf-8");
        headers.add(STATUS, Integer.toString(status.getCode().value()));
        addMessage(headers, status.getDescription());
        return headers;
    }

    private static void addMessage(Http2Headers headers, @Nullable String text) {
        if (text != null) {
            headers.add(MESSAGE, percentEncoded(text));
        }
    }

    /** As gRPC has it: all of UTF-8 but plain ASCII as two hexadecimal digits behind a percent sign. */
    static AsciiString percentEncoded(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder encoded = new StringBuilder(bytes.length + 16);
        for (byte each : bytes) {
            if (each >= ' ' && each <= '~' && each != '%') {
                encoded.append((char) each);
            } else {
                encoded.append('%').append(HEX[(each >> 4) & 15]).append(HEX[each & 15]);
            }
        }
        return new AsciiString(encoded);
    }

    private static void add(Http2Headers headers, Metadata metadata) {
        byte[][] pairs = InternalMetadata.serialize(metadata);
        for (int i = 0; i < pairs.length; i += 2) {
            byte[] value = isBinary(pairs[i]) ? Base64.getEncoder().withoutPadding().encode(pairs[i + 1])
                    : pairs[i + 1];
            headers.add(new AsciiString(pairs[i], false), new AsciiString(value, false));
        }
    }
}
