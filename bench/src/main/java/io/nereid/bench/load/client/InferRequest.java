package io.nereid.bench.load.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A POST as it goes onto the socket, made once and sent many times. */
public final class InferRequest {
    private final ByteBuffer bytes;

    private InferRequest(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** A request to the model's {@code infer}. */
    public static InferRequest of(String model, Map<String, String> headers, byte[] body) {
        StringBuilder head = new StringBuilder(
                "POST /v2/models/%s/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n".formatted(model));
        head.append("Content-Length: ").append(body.length).append("\r\n");
        headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        return new InferRequest(ByteBuffer.allocateDirect(first.length + body.length).put(first).put(body).flip());
    }

    /** All of it, outside the heap, so that sending copies it once; a view of the caller's own. */
    ByteBuffer bytes() {
        return bytes.asReadOnlyBuffer();
    }
}
