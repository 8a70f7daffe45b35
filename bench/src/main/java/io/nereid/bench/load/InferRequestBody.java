package io.nereid.bench.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** An infer request as Triton's Python client writes it: JSON, with the tensor in it or behind it. */
public final class InferRequestBody {
    private static final long SEED = 3;

    private final Map<String, String> headers;
    private final byte[] bytes;

    private InferRequestBody(Map<String, String> headers, byte[] bytes) {
        this.headers = headers;
        this.bytes = bytes;
    }

    /** A request of the scenario; the numbers are random, the same at every call. */
    static InferRequestBody of(Scenario scenario) {
        return switch (scenario.encoding()) {
            case BINARY -> binary(scenario.input(), scenario.shape(), scenario.output());
            case JSON -> new InferRequestBody(Map.of("Content-Type", "application/json"),
                    head(scenario.input(), scenario.shape(), scenario.output(),
                            "\"data\":" + Arrays.toString(randomFloats(scenario.elements())).replace(" ", ""),
                            "\"binary_data\":false"));
        };
    }

    /**
     * A request with one FP32 tensor behind the JSON, which asks for the output the same way; the numbers are random,
     * the same at every call.
     *
     * @param shape dimensions separated by commas
     */
    public static InferRequestBody binary(String input, String shape, String output) {
        int elements = Arrays.stream(shape.split(",")).mapToInt(Integer::parseInt).reduce(1, Math::multiplyExact);
        return binary(input, shape, output, randomBytes(elements));
    }

    private static InferRequestBody binary(String input, String shape, String output, byte[] data) {
        byte[] head = head(input, shape, output, "\"parameters\":{\"binary_data_size\":" + data.length + "}",
                "\"binary_data\":true");
        byte[] body = Arrays.copyOf(head, head.length + data.length);
        System.arraycopy(data, 0, body, head.length, data.length);
        return new InferRequestBody(Map.of("Inference-Header-Content-Length", Integer.toString(head.length)), body);
    }

    /** The header lines that describe the body. */
    public Map<String, String> headers() {
        return headers;
    }

    /** A copy of the body. */
    public byte[] bytes() {
        return bytes.clone();
    }

    private static float[] randomFloats(int count) {
        float[] data = new float[count];
        Random random = new Random(SEED);
        for (int i = 0; i < count; i++) {
            data[i] = (float) random.nextGaussian();
        }
        return data;
    }

    /** So many FP32 numbers, little-endian, the same at every call. */
    static byte[] randomBytes(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(randomFloats(count));
        return bytes.array();
    }

    private static byte[] head(String input, String shape, String output, String content, String outputParameter) {
        return """
                {"inputs":[{"name":"%s","shape":[%s],"datatype":"FP32",%s}],\
                "outputs":[{"name":"%s","parameters":{%s}}]}"""
                .formatted(input, shape, content, output, outputParameter)
                .getBytes(StandardCharsets.UTF_8);
    }
}
