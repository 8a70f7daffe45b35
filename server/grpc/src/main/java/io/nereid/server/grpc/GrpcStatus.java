package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

/** What an error looks like over gRPC: a status, and when that may help, the advice to try again (docs/errors.md). */
final class GrpcStatus {
    /** gRPC's own key for a server's advice: milliseconds to wait. Clients whose retry policy is on follow it. */
    private static final Metadata.Key<String> RETRY_AFTER = Metadata.Key.of("grpc-retry-pushback-ms",
            Metadata.ASCII_STRING_MARSHALLER);
    /** Clients refuse trailers of more than 8 KiB, and a text may quote what the client sent. */
    private static final int LONGEST_TEXT = 6000;

    private GrpcStatus() {}

    /** Triton's table from error code to status. */
    static Status of(InferenceException error) {
        return code(error.code()).toStatus().withDescription(shortened(error.text()));
    }

    private static Status.Code code(ErrorCode code) {
        return switch (code) {
            case UNKNOWN -> Status.Code.UNKNOWN;
            case INTERNAL -> Status.Code.INTERNAL;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case INVALID_ARG -> Status.Code.INVALID_ARGUMENT;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
            case UNSUPPORTED -> Status.Code.UNIMPLEMENTED;
            case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
            case CANCELLED -> Status.Code.CANCELLED;
        };
    }

    /** The trailers that go with it. */
    static Metadata trailers(InferenceException error) {
        Metadata trailers = new Metadata();
        if (error.retryAfterSeconds() > 0) {
            trailers.put(RETRY_AFTER, Long.toString(error.retryAfterSeconds() * 1000L));
        }
        return trailers;
    }

    /** What health calls answer while the server stops. */
    static InferenceException exiting() {
        return new InferenceException(ErrorCode.UNAVAILABLE, "Server exiting");
    }

    /** What calls of inference answer while the server stops. */
    static InferenceException stopping() {
        return new InferenceException(ErrorCode.UNAVAILABLE,
                "GRPC server is shutting down and has stopped accepting new requests.");
    }

    static StatusRuntimeException exception(InferenceException error) {
        return of(error).asRuntimeException(trailers(error));
    }

    /** On the wire what is not plain ASCII takes three bytes for each byte of UTF-8. */
    private static String shortened(String text) {
        int bytes = 0;
        int end = 0;
        while (end < text.length()) {
            int point = text.codePointAt(end);
            boolean plain = point >= ' ' && point <= '~' && point != '%';
            bytes += plain ? 1 : 3 * (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
            if (bytes > LONGEST_TEXT) {
                return text.substring(0, end) + "...";
            }
            end += Character.charCount(point);
        }
        return text;
    }
}
