package io.nereid.perf.request;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.perf.input.InputTensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes the elements of a tensor as an array of JSON. */
final class JsonTensor {
    private JsonTensor() {}

    /** All elements, in one flat array. */
    static void write(JsonGenerator json, InputTensor tensor) throws IOException {
        ByteBuffer bytes = tensor.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        json.writeStartArray();
        while (bytes.hasRemaining()) {
            writeElement(json, tensor, bytes);
        }
        json.writeEndArray();
    }

    private static void writeElement(JsonGenerator json, InputTensor tensor, ByteBuffer bytes) throws IOException {
        switch (tensor.datatype()) {
            case BOOL -> json.writeBoolean(bytes.get() != 0);
            case UINT8 -> json.writeNumber(bytes.get() & 0xff);
            case UINT16 -> json.writeNumber(bytes.getShort() & 0xffff);
            case UINT32 -> json.writeNumber(bytes.getInt() & 0xffff_ffffL);
            case UINT64 -> json.writeNumber(Long.toUnsignedString(bytes.getLong()));
            case INT8 -> json.writeNumber(bytes.get());
            case INT16 -> json.writeNumber(bytes.getShort());
            case INT32 -> json.writeNumber(bytes.getInt());
            case INT64 -> json.writeNumber(bytes.getLong());
            case FP16 -> json.writeNumber(Float.float16ToFloat(bytes.getShort()));
            case BF16 -> json.writeNumber(Float.intBitsToFloat(bytes.getShort() << 16));
            case FP32 -> json.writeNumber(bytes.getFloat());
            case FP64 -> json.writeNumber(bytes.getDouble());
            case BYTES -> {
                byte[] text = new byte[bytes.getInt()];
                bytes.get(text);
                json.writeString(new String(text, StandardCharsets.UTF_8));
            }
        }
    }
}
