package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.codec.EncodedResponse;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * How the messages of a port say where in a body the JSON ends and the binary tensors begin. Immutable; for all
 * threads.
 */
public interface JsonLength {
    /** The length that says that the body is one input's bytes and nothing else. */
    long RAW = 0;

    /** The binary tensor extension's own way: a header line with the length. */
    JsonLength IN_A_HEADER = new BinaryTensorHeaders();

    /** Whether the client says it. */
    boolean isSaid(HttpHeaders headers);

    /**
     * How many of a body's {@code bodyLength} bytes are JSON: all of them where the client does not say.
     *
     * @throws InferenceException INVALID_ARG if it says nonsense
     */
    long of(HttpHeaders headers, long bodyLength) throws InferenceException;

    /**
     * What the client says the length of the JSON is, {@link #RAW} included; -1 where it does not say, or says
     * nonsense.
     */
    long hint(HttpHeaders headers);

    /**
     * An answer with binary tensors.
     *
     * @param json its JSON, which is the answer's from here on
     * @param lease what the tensors lie in, which is the answer's from here on
     */
    HttpReply answer(EncodedResponse encoded, ByteBuf json, Lease lease);
}
