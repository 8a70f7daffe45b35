package io.nereid.server.openai;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;
import io.nereid.server.http.codec.JsonWriter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The rows of an output as OpenAI's list of embeddings. */
final class Embeddings {
    private final Tensor tensor;
    private final long rows;
    private final int length;
    private final int kept;

    /**
     * Those of a response.
     *
     * @param rows how many the request asks for
     * @param dimensions how much of each is wanted; 0 for all
     * @throws InferenceException INTERNAL if the output does not have as many rows, INVALID_ARG if they have less
     */
    Embeddings(Tensor tensor, long rows, long dimensions) throws InferenceException {
        long elements = tensor.shape().elementCount();
        if (elements == 0 || elements % rows != 0 || elements * tensor.dataType().byteSize() != tensor.byteSize()) {
            throw new InferenceException(ErrorCode.INTERNAL, "output '" + tensor.name() + "' has shape "
                    + tensor.shape() + " (expected " + rows + " rows, one for each element of the input)");
        }
        this.tensor = tensor;
        this.rows = rows;
        this.length = Math.toIntExact(elements / rows);
        if (dimensions > length) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "dimensions: got " + dimensions
                    + " (expected at most " + length + ", as many as the model gives)");
        }
        this.kept = dimensions == 0 ? length : (int) dimensions;
    }

    /** Whether a tensor of that type can hold embeddings. */
    static boolean isFloat(DataType type) {
        return switch (type) {
            case FP16, BF16, FP32, FP64 -> true;
            default -> false;
        };
    }

    /**
     * Writes the elements of the list, as numbers, or as base64 of 32-bit numbers in little-endian order.
     *
     * @param first the number of the first in the list; those before it are written
     */
    void write(long first, boolean base64, JsonWriter json) throws InferenceException {
        float[] row = new float[kept];
        json.expect(rows * kept * (base64 ? 6L : 20L));
        for (long i = 0; i < rows; i++) {
            read(i, row);
            json.raw(first + i == 0 ? "" : ",");
            json.raw("{\"object\":\"embedding\",\"index\":");
            json.signed(first + i);
            json.raw(",\"embedding\":");
            if (base64) {
                writeBase64(row, json);
            } else {
                writeNumbers(row, json);
            }
            json.raw('}');
        }
    }

    private void read(long index, float[] row) {
        double squares = 0;
        for (int i = 0; i < kept; i++) {
            row[i] = element(index * length + i);
            squares += (double) row[i] * row[i];
        }
        if (kept < length && squares > 0) { // what is left of one of length 1 is to have that length again
            double norm = Math.sqrt(squares);
            for (int i = 0; i < kept; i++) {
                row[i] = (float) (row[i] / norm);
            }
        }
    }

    private float element(long index) {
        return switch (tensor.dataType()) {
            case FP32 -> tensor.data().get(ElementLayout.FLOAT, index * Float.BYTES);
            case FP64 -> (float) tensor.data().get(ElementLayout.DOUBLE, index * Double.BYTES);
            case FP16 -> Float.float16ToFloat(tensor.data().get(ElementLayout.SHORT, index * Short.BYTES));
            default -> Float.intBitsToFloat(tensor.data().get(ElementLayout.SHORT, index * Short.BYTES) << 16);
        };
    }

    private static void writeNumbers(float[] row, JsonWriter json) throws InferenceException {
        json.raw('[');
        for (int i = 0; i < row.length; i++) {
            json.raw(i == 0 ? "" : ",");
            json.number(row[i]);
        }
        json.raw(']');
    }

    private static void writeBase64(float[] row, JsonWriter json) throws InferenceException {
        ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : row) {
            bytes.putFloat(value);
        }
        json.raw('"');
        json.raw(new String(Base64.getEncoder().encode(bytes.array()), StandardCharsets.US_ASCII));
        json.raw('"');
    }
}
