package io.nereid.server.http.codec;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * How a response goes over the wire: JSON, then binary tensors.
 *
 * @param jsonLength bytes of JSON that were written
 * @param binary the data of the binary tensors, in the order it follows the JSON; none is empty. It lies in the
 *             memory of the response, which is not released before they are sent
 */
public record EncodedResponse(int jsonLength, List<MemorySegment> binary) {

    /** Whether bytes follow the JSON, so that the answer is no JSON document but application/octet-stream. */
    public boolean hasBinary() {
        return !binary.isEmpty();
    }

    /** Bytes of the whole body. */
    public long length() {
        long length = jsonLength;
        for (MemorySegment tensor : binary) {
            length += tensor.byteSize();
        }
        return length;
    }
}
