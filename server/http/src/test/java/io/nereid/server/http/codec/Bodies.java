package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Request bodies in tensor memory, and models they are for. */
final class Bodies {
    private Bodies() {}

    static TensorMemory memory() {
        return new PoisonedMemory(1L << 30, 1L << 20);
    }

    static TensorBuffer of(TensorMemory memory, String json, byte... tensors) throws InferenceException {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        return of(memory, ByteBuffer.allocate(text.length + tensors.length).put(text).put(tensors).array());
    }

    static TensorBuffer of(TensorMemory memory, byte[] bytes) throws InferenceException {
        TensorBuffer body = memory.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, body.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
        return body;
    }

    static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    static float[] floatsOf(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    }

    static byte[] bytesOf(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    static MemorySegment segment(byte... bytes) {
        return MemorySegment.ofBuffer(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }

    /** BYTES elements: each its length and its bytes. */
    static byte[] strings(String... values) {
        ByteBuffer bytes = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        for (String value : values) {
            byte[] text = value.getBytes(StandardCharsets.UTF_8);
            bytes.putInt(text.length).put(text);
        }
        byte[] exact = new byte[bytes.flip().remaining()];
        bytes.get(exact);
        return exact;
    }

    static TensorSpec spec(String name, io.nereid.inference.DataType type, long... shape) {
        return new TensorSpec(name, type, Shape.of(shape), false, List.of());
    }

    static ModelSignature model(int maxBatchSize, TensorSpec... inputs) {
        return new ModelSignature("m", "onnxruntime_onnx", maxBatchSize, List.of(inputs), List.of());
    }
}
