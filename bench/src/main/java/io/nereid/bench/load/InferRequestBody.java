package io.nereid.bench.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** An infer request as Triton's Python client writes it: JSON, with the tensor in it or behind it. */
final class InferRequestBody {
    private static final long SEED = 3;

    private final Map<String, String> headers;
    private final byte[] bytes;

    private InferRequestBody(Map<String, String> headers, byte[] bytes) {
        this.headers = headers;
        this.bytes = bytes;
    }

    /** A request of the scenario; the numbers are random, the same at every call. */
    static InferRequestBody of(Scenario scenario) {
        float[] data = new float[scenario.elements()];
        Random random = new Random(SEED);
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) random.nextGaussian();
        }
        return switch (scenario.encoding()) {
            case BINARY -> binary(scenario, data);
            case JSON -> new InferRequestBody(Map.of("Content-Type", "application/json"),
                    head(scenario, "\"data\":" + Arrays.toString(data).replace(" ", ""), false));
        };
    }

    /** The header lines that describe the body. */
    Map<String, String> headers() {
        return headers;
    }

    byte[] bytes() {
        return bytes.clone();
    }

    private static InferRequestBody binary(Scenario scenario, float[] data) {
        int size = data.length * Float.BYTES;
        byte[] head = head(scenario, "\"parameters\":{\"binary_data_size\":" + size + "}", true);
        ByteBuffer body = ByteBuffer.allocate(head.length + size).order(ByteOrder.LITTLE_ENDIAN).put(head);
        body.asFloatBuffer().put(data);
        return new InferRequestBody(Map.of("Inference-Header-Content-Length", Integer.toString(head.length)),
                body.array());
    }

    private static byte[] head(Scenario scenario, String content, boolean binaryOutput) {
        return """
                {"inputs":[{"name":"%s","shape":[%s],"datatype":"FP32",%s}],\
                "outputs":[{"name":"%s","parameters":{"binary_data":%s}}]}"""
                .formatted(scenario.input(), scenario.shape(), content, scenario.output(), binaryOutput)
                .getBytes(StandardCharsets.UTF_8);
    }
}
