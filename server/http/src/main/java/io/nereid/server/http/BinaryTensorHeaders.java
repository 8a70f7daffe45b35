package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.netty.handler.codec.http.HttpHeaders;

/** The header lines of the binary tensor extension. */
final class BinaryTensorHeaders {
    /** How many bytes of a body are JSON; the rest is binary tensors. */
    static final String JSON_LENGTH = "Inference-Header-Content-Length";
    /** The value of {@link #JSON_LENGTH} that says that the body is one input's bytes and nothing else. */
    static final long RAW = 0;

    private BinaryTensorHeaders() {}

    /**
     * How many of a body's {@code bodyLength} bytes are JSON: all of them where the client does not say.
     *
     * @throws InferenceException INVALID_ARG if it says nonsense
     */
    static long jsonLength(HttpHeaders headers, long bodyLength) throws InferenceException {
        String text = headers.get(JSON_LENGTH);
        if (text == null) {
            return bodyLength;
        }
        long length = parse(text.strip());
        if (length < 0 || length > bodyLength) {
            throw invalid("inference header size should be in range (0, " + bodyLength + "), got: " + text);
        }
        return length;
    }

    /**
     * What the client says the length of the JSON is, {@link #RAW} included; -1 where it does not say, or says
     * nonsense.
     */
    static long hintOfJsonLength(HttpHeaders headers) {
        return Math.max(-1, headers.getInt(JSON_LENGTH, -1));
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
