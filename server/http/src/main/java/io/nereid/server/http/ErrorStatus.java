package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Which status an error has on a port. */
@FunctionalInterface
public interface ErrorStatus {
    /** As the v2 protocol has it. */
    ErrorStatus OF_PROTOCOL = error -> ErrorReply.status(error.code());

    /** The status of a reply that says so. */
    HttpResponseStatus of(InferenceException error);
}
