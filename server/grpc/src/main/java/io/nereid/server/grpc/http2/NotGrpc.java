package io.nereid.server.grpc.http2;

import io.grpc.Status;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request of HTTP/2 that is none of gRPC's.
 *
 * @param headers what it begins with
 * @param text what is wrong
 */
record NotGrpc(Http2Headers headers, String text) {
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNSUPPORTED_MEDIA_TYPE = 415;

    /** What is wrong with a request; null if it is one of gRPC's. */
    static @Nullable NotGrpc of(Http2Headers request) {
        CharSequence path = request.path();
        if (path == null || path.isEmpty() || path.charAt(0) != '/') {
            return of(NOT_FOUND, Status.UNIMPLEMENTED, "Expected path to start with /: got "
                    + (path == null ? "none" : path));
        }
        CharSequence type = request.get(GrpcHeaders.CONTENT_TYPE);
        if (type == null) {
            return of(UNSUPPORTED_MEDIA_TYPE, Status.INTERNAL, "Content-Type is missing from the request");
        }
        if (!GrpcHeaders.isGrpc(type)) {
            return of(UNSUPPORTED_MEDIA_TYPE, Status.INTERNAL, "Content-Type '" + type + "' is not supported");
        }
        if (!HttpMethod.POST.asciiName().contentEquals(request.method())) {
            NotGrpc answer = of(METHOD_NOT_ALLOWED, Status.INTERNAL, "Method '" + request.method()
                    + "' is not supported");
            answer.headers.add(HttpHeaderNames.ALLOW, HttpMethod.POST.asciiName());
            return answer;
        }
        return null;
    }

    private static NotGrpc of(int code, Status status, String text) {
        return new NotGrpc(GrpcHeaders.httpError(code, status.withDescription(text)), text);
    }
}
