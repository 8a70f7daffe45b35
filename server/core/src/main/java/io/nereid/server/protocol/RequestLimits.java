package io.nereid.server.protocol;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.config.Require;

/**
 * How large those parts of a request may be that are kept on the heap: names, parameters and whatever else is not the
 * data of a tensor. They hold for every protocol, and are checked while a request is scanned, before anything is
 * allocated for what is too large. Immutable.
 *
 * @param maxParameters parameters of a request, of one of its tensors, or of a control request; members of a generate
 *             request that are no input
 * @param maxStringBytes bytes of an id, a name, a key or a string parameter, in UTF-8
 * @param maxHeadBytes bytes of the JSON of an inference request without its tensors' data; of all the texts in a gRPC
 *             message
 */
public record RequestLimits(int maxParameters, int maxStringBytes, int maxHeadBytes) {
    /** 4,096 parameters, 64 KiB of text in one string, 1 MiB of JSON. */
    public static final RequestLimits DEFAULT = new RequestLimits(4096, 64 << 10, 1 << 20);

    public RequestLimits {
        Require.that(maxParameters >= 1, "maxParameters: got %d (expected 1 or more)", maxParameters);
        Require.that(maxStringBytes >= 1, "maxStringBytes: got %d (expected 1 or more)", maxStringBytes);
        Require.that(maxHeadBytes >= 1, "maxHeadBytes: got %d (expected 1 or more)", maxHeadBytes);
    }

    /**
     * Call it with the count of parameters so far, the one to be read included.
     *
     * @throws InferenceException INVALID_ARG if these are too many
     */
    public void checkParameters(int count) throws InferenceException {
        if (count > maxParameters) {
            throw exceeded("request has " + count + " or more parameters", maxParameters + "",
                    "--max-request-parameters");
        }
    }

    /**
     * Call it before a string is made.
     *
     * @param bytes how long it is in UTF-8
     * @throws InferenceException INVALID_ARG if it is too long
     */
    public void checkString(long bytes) throws InferenceException {
        if (bytes > maxStringBytes) {
            throw exceeded("request has a name, id, key or string parameter of " + bytes + " bytes",
                    maxStringBytes + " bytes", "--max-request-string-size");
        }
    }

    /**
     * Call it while the head is scanned, for a JSON text or a gRPC message.
     *
     * @param bytes how long it is so far, without tensors' data
     * @throws InferenceException INVALID_ARG if that is too long
     */
    public void checkHead(long bytes) throws InferenceException {
        if (bytes > maxHeadBytes) {
            throw exceeded("request has " + bytes + " or more bytes that are no tensor's data",
                    maxHeadBytes + " bytes", "--max-request-head-size");
        }
    }

    private static InferenceException exceeded(String what, String limit, String flag) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                what + " (expected at most " + limit + "). Use " + flag + " to increase the limit.");
    }
}
