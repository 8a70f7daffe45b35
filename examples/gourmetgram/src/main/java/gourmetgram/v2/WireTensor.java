package gourmetgram.v2;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A tensor as it travels: its elements little-endian and row-major, each of BYTES behind its length of four bytes.
 *
 * @param data is read from its beginning by every method here, and not written any more
 */
public record WireTensor(String name, String datatype, List<Long> shape, ByteBuffer data) {
    public WireTensor {
        shape = List.copyOf(shape);
        data = data.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Elements of FP32. */
    public static WireTensor of(String name, List<Long> shape, float[] elements) {
        ByteBuffer data = littleEndian(elements.length * Float.BYTES);
        data.asFloatBuffer().put(elements);
        return new WireTensor(name, "FP32", shape, data);
    }

    /** The only element of a tensor of BYTES. */
    public static WireTensor ofOne(String name, List<Long> shape, byte[] element) {
        ByteBuffer data = littleEndian(Integer.BYTES + element.length).putInt(element.length).put(element).flip();
        return new WireTensor(name, "BYTES", shape, data);
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The elements again, to be read from the beginning. */
    @Override
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The elements of FP32. */
    public float[] floats() throws InferenceException {
        require("FP32", data.remaining() % Float.BYTES == 0);
        float[] elements = new float[data.remaining() / Float.BYTES];
        data().asFloatBuffer().get(elements);
        return elements;
    }

    /** The first element of BYTES, as text. */
    public String firstText() throws InferenceException {
        require("BYTES", data.remaining() >= Integer.BYTES);
        ByteBuffer rest = data();
        int length = rest.getInt();
        require("BYTES", length >= 0 && length <= rest.remaining());
        byte[] text = new byte[length];
        rest.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private void require(String expected, boolean isWhole) throws InferenceException {
        if (!datatype.equals(expected) || !isWhole) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "the model server's '" + name + "': got " + data.remaining()
                            + " bytes of " + datatype + " (expected " + expected + ")");
        }
    }
}
