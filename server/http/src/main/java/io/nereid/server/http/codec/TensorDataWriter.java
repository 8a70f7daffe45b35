package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static io.nereid.inference.ElementLayout.DOUBLE;
import static io.nereid.inference.ElementLayout.FLOAT;
import static io.nereid.inference.ElementLayout.INT;
import static io.nereid.inference.ElementLayout.LONG;
import static io.nereid.inference.ElementLayout.SHORT;

/** Writes the elements of tensors as JSON, separated by commas. Not thread-safe; lives as long as its writer. */
public final class TensorDataWriter {

    private static final int SAMPLE = 256;

    private final JsonWriter json;

    /** One that writes there. */
    public TensorDataWriter(JsonWriter json) {
        this.json = json;
    }

    /**
     * Writes all elements of the tensor and returns how many they are.
     *
     * @throws InferenceException INTERNAL if the data is not what the shape says, INVALID_ARG if a BYTES element is
     *             no text that JSON can carry
     */
    public long write(Tensor tensor) throws InferenceException {
        long elements = tensor.shape().elementCount();
        int size = tensor.dataType().byteSize();
        if (size > 0 && (tensor.byteSize() / size != elements || tensor.byteSize() % size != 0)) {
            throw mismatch(tensor);
        }
        if (tensor.dataType() == DataType.BYTES) {
            writeStrings(tensor, elements);
        } else {
            writeNumbers(tensor, elements);
        }
        return elements;
    }

    /** The first few say how long the others will be, so that the buffer need not grow step by step. */
    private void writeNumbers(Tensor tensor, long elements) throws InferenceException {
        long before = json.length();
        long few = Math.min(elements, SAMPLE);
        writeRange(tensor, 0, few);
        if (few < elements) {
            json.expect((json.length() - before) * (elements / few));
            writeRange(tensor, few, elements);
        }
    }

    private void writeRange(Tensor tensor, long from, long to) throws InferenceException {
        MemorySegment data = tensor.data();
        for (long i = from; i < to; i++) {
            separate(i);
            switch (tensor.dataType()) {
                case FP32 -> json.number(data.get(FLOAT, i * Float.BYTES));
                case FP64 -> json.number(data.get(DOUBLE, i * Double.BYTES));
                default -> writeElement(tensor, i);
            }
        }
    }

    private void writeElement(Tensor tensor, long i) throws InferenceException {
        MemorySegment data = tensor.data();
        switch (tensor.dataType()) {
            case BOOL -> json.bool(data.get(ValueLayout.JAVA_BYTE, i) != 0);
            case INT8 -> json.signed(data.get(ValueLayout.JAVA_BYTE, i));
            case INT16 -> json.signed(data.get(SHORT, i * Short.BYTES));
            case INT32 -> json.signed(data.get(INT, i * Integer.BYTES));
            case INT64 -> json.signed(data.get(LONG, i * Long.BYTES));
            case UINT8 -> json.signed(data.get(ValueLayout.JAVA_BYTE, i) & 0xFF);
            case UINT16 -> json.signed(data.get(SHORT, i * Short.BYTES) & 0xFFFF);
            case UINT32 -> json.signed(data.get(INT, i * Integer.BYTES) & 0xFFFF_FFFFL);
            case UINT64 -> json.unsigned(data.get(LONG, i * Long.BYTES));
            case FP16 -> json.number(Float.float16ToFloat(data.get(SHORT, i * Short.BYTES)));
            case BF16 -> json.number(Float.intBitsToFloat(data.get(SHORT, i * Short.BYTES) << 16));
            case FP32, FP64, BYTES -> throw new IllegalStateException(tensor.dataType() + " has a loop of its own");
        }
    }

    private void writeStrings(Tensor tensor, long elements) throws InferenceException {
        MemorySegment data = tensor.data();
        long at = 0;
        for (long i = 0; i < elements; i++) {
            separate(i);
            if (data.byteSize() - at < Integer.BYTES) {
                throw mismatch(tensor);
            }
            long length = data.get(INT, at) & 0xFFFF_FFFFL;
            at += Integer.BYTES;
            if (length > data.byteSize() - at) {
                throw mismatch(tensor);
            }
            writeString(tensor, at, at + length);
            at += length;
        }
    }

    private void writeString(Tensor tensor, long from, long to) throws InferenceException {
        MemorySegment data = tensor.data();
        json.raw('"');
        long at = from;
        while (at < to) {
            byte next = data.get(ValueLayout.JAVA_BYTE, at);
            int length = next >= 0 ? 1 : Utf8.sequenceLength(data, at, to);
            if (length == 0) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "output '" + tensor.name()
                        + "' has an element that is not valid UTF-8, which JSON can not carry. Please use the binary "
                        + "data format for output");
            }
            json.stringByte(next);
            for (int i = 1; i < length; i++) {
                json.raw(data.get(ValueLayout.JAVA_BYTE, at + i));
            }
            at += length;
        }
        json.raw('"');
    }

    private void separate(long index) throws InferenceException {
        if (index > 0) {
            json.raw(',');
        }
    }

    private static InferenceException mismatch(Tensor tensor) {
        return new InferenceException(ErrorCode.INTERNAL,
                "output tensor shape does not match size of output for '" + tensor.name() + "'");
    }
}
