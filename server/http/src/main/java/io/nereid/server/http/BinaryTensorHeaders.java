package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.codec.EncodedResponse;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.List;

/** The header lines of the binary tensor extension. */
final class BinaryTensorHeaders implements JsonLength {
    /** How many bytes of a body are JSON; the rest is binary tensors. */
    static final String JSON_LENGTH = "Inference-Header-Content-Length";
    private static final String BINARY = "application/octet-stream";

    @Override
    public boolean isSaid(HttpHeaders headers) {
        return headers.contains(JSON_LENGTH);
    }

    @Override
    public long of(HttpHeaders headers, long bodyLength) throws InferenceException {
        String text = headers.get(JSON_LENGTH);
        if (text == null) {
            return bodyLength;
        }
        long length = parse(text.strip());
        if (length < 0 || length > bodyLength) {
            throw outOfRange(bodyLength, text);
        }
        return length;
    }

    /** What a length is that no part of the body can have. */
    static InferenceException outOfRange(long bodyLength, String text) {
        return invalid("inference header size should be in range (0, " + bodyLength + "), got: " + text);
    }

    @Override
    public long hint(HttpHeaders headers) {
        return Math.max(-1, headers.getInt(JSON_LENGTH, -1));
    }

    @Override
    public HttpReply answer(EncodedResponse encoded, ByteBuf json, Lease lease) {
        return new HttpReply(HttpResponseStatus.OK, BINARY,
                List.of(new HttpReply.Header(JSON_LENGTH, Integer.toString(encoded.jsonLength()))), json,
                encoded.binary(), lease);
    }

    private static int parse(String text) throws InferenceException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException _) {
            throw invalid(text.matches("[+-]?[0-9]+")
                    ? "Unable to parse " + JSON_LENGTH + ", value is out of range [ " + Integer.MIN_VALUE + ", "
                            + Integer.MAX_VALUE + " ], got: " + text
                    : "Unable to parse " + JSON_LENGTH + ", got: " + text);
        }
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
