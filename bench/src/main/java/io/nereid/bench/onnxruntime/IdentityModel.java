package io.nereid.bench.onnxruntime;

import com.google.protobuf.CodedOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Writes an ONNX model that repeats its input: {@code y [batch, n] = x [batch, n]}, both FP32. */
final class IdentityModel {
    private IdentityModel() {}

    static byte[] bytes(int elements) throws IOException {
        byte[] node = message(out -> {
            out.writeString(1, "x");
            out.writeString(2, "y");
            out.writeString(4, "Identity");
        });
        byte[] graph = message(out -> {
            out.writeByteArray(1, node);
            out.writeString(2, "identity");
            out.writeByteArray(11, tensor("x", elements));
            out.writeByteArray(12, tensor("y", elements));
        });
        byte[] opset = message(out -> out.writeInt64(2, 19));
        return message(out -> {
            out.writeInt64(1, 9);
            out.writeByteArray(7, graph);
            out.writeByteArray(8, opset);
        });
    }

    private static byte[] tensor(String name, int elements) throws IOException {
        byte[] batch = message(out -> out.writeString(2, "batch"));
        byte[] size = message(out -> out.writeInt64(1, elements));
        byte[] shape = message(out -> {
            out.writeByteArray(1, batch);
            out.writeByteArray(1, size);
        });
        byte[] type = message(out -> {
            out.writeInt32(1, 1);
            out.writeByteArray(2, shape);
        });
        byte[] tensorType = message(out -> out.writeByteArray(1, type));
        return message(out -> {
            out.writeString(1, name);
            out.writeByteArray(2, tensorType);
        });
    }

    private static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.writeTo(out);
        out.flush();
        return bytes.toByteArray();
    }

    @FunctionalInterface
    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }
}
