package io.nereid.server;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Good requests of every kind, as bytes on the wire. */
final class ValidRequests {
    private ValidRequests() {}

    /** A request of some kind. */
    static byte[] any(Random random) {
        return switch (random.nextInt(9)) {
            case 0 -> json();
            case 1 -> binary();
            case 2 -> post("/v2/models/fp32/infer", "Inference-Header-Content-Length: 0\r\n", floats(1f, 2f, 3f));
            case 3 -> post("/v2/models/text/infer", "",
                    text("""
                            {"id":"\\u00e9","inputs":[{"name":"IN","datatype":"BYTES","shape":[1,3],"data":["a","\\ud83d\\ude00",""]}],
                            "outputs":[{"name":"OUT","parameters":{"binary_data":true}}],"parameters":{"n":1,"f":1.5,"b":true}}"""));
            case 4 -> post("/v2/models/bools/infer", "",
                    text("""
                            {"inputs":[{"data":[[[true,false],[false,true]]],"name":"IN","datatype":"BOOL","shape":[1,2,2]}]}"""));
            case 5 -> post("/v2/models/fp32/generate", "", text("{\"IN\":[1.0,2e3,-4],\"parameters\":{\"x\":\"y\"}}"));
            case 6 -> chunked();
            case 7 -> text("GET /v2/models/fp32/versions/1/stats HTTP/1.1\r\nHost: a\r\n\r\n");
            default ->
                post("/v2/models/fp32/infer", "Content-Encoding: gzip\r\n", new byte[]{0x1f, (byte) 0x8b, 8, 0, 0,
                        0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        };
    }

    /** Two floats as JSON. */
    static byte[] json() {
        return post("/v2/models/fp32/infer", "", text("""
                {"inputs":[{"name":"IN","datatype":"FP32","shape":[1,2],"data":[[1.5,-2.0]]}],
                "outputs":[{"name":"OUT","parameters":{"classification":0}}]}"""));
    }

    private static byte[] binary() {
        byte[] head = text("""
                {"inputs":[{"name":"IN","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}}],
                "parameters":{"binary_data_output":true}}""");
        return post("/v2/models/fp32/infer", "Inference-Header-Content-Length: " + head.length + "\r\n",
                joined(head, floats(1f, 2f, 3f, 4f)));
    }

    private static byte[] chunked() {
        byte[] body = text("{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[7]}]}");
        String head = "POST /v2/models/fp32/infer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        return joined(text(head + Integer.toHexString(body.length) + "\r\n"), joined(body, text("\r\n0\r\n\r\n")));
    }

    private static byte[] post(String path, String headers, byte[] body) {
        return joined(text("POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: " + body.length
                + "\r\n\r\n"), body);
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }
}
