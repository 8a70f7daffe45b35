package io.nereid.server.grpc.http2;

import io.grpc.Metadata;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

import java.util.OptionalLong;

/**
 * What a call begins with.
 *
 * @param metadata all that is no header of HTTP/2 itself
 * @param authority whom the client thinks it speaks with
 * @param timeoutNanos how long the client waits
 * @param encoding how its messages may be compressed
 * @param accepted how responses may be
 */
record RequestHead(Metadata metadata, @Nullable String authority, OptionalLong timeoutNanos, @Nullable String encoding,
        @Nullable String accepted) {
    /** @throws IllegalArgumentException if a binary header or the timeout is none */
    static RequestHead of(Http2Headers headers) {
        CharSequence timeout = headers.get(GrpcHeaders.TIMEOUT);
        OptionalLong nanos = timeout == null ? OptionalLong.empty() : GrpcTimeout.nanos(timeout);
        if (timeout != null && nanos.isEmpty()) {
            throw new IllegalArgumentException(GrpcTimeout.NAME + ": got " + timeout
                    + " (expected up to eight digits and one of H, M, S, m, u, n)");
        }
        CharSequence authority = headers.authority() == null ? headers.get(GrpcHeaders.HOST) : headers.authority();
        return new RequestHead(GrpcHeaders.metadata(headers), text(authority), nanos,
                text(headers.get(GrpcHeaders.ENCODING)), text(headers.get(GrpcHeaders.ACCEPT_ENCODING)));
    }

    private static @Nullable String text(@Nullable CharSequence header) {
        return header == null ? null : header.toString();
    }

    /** Whether the client understands responses that are compressed so. */
    boolean accepts(String wanted) {
        if (accepted != null) {
            for (String each : accepted.split(",", -1)) {
                if (each.strip().equals(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }
}
