package io.nereid.backend;

import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The elements of tensors of type BYTES. Stateless. */
public final class BytesElements {
    private BytesElements() {}

    /**
     * Where each element lies, without its length; slices of the tensor's memory.
     *
     * @throws InferenceException INVALID_ARG if they are not as many as the shape says, or not whole
     */
    public static List<MemorySegment> of(Tensor tensor) throws InferenceException {
        MemorySegment data = tensor.data();
        long count = tensor.shape().elementCount();
        List<MemorySegment> elements = new ArrayList<>();
        long at = 0;
        for (long i = 0; i < count; i++) {
            long left = data.byteSize() - at - Integer.BYTES;
            long length = left < 0 ? 0 : Integer.toUnsignedLong(data.get(ElementLayout.INT, at));
            if (length > left) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "input '" + tensor.name() + "': element " + i
                        + " of " + count + " ends behind the tensor's data");
            }
            elements.add(data.asSlice(at + Integer.BYTES, length));
            at += Integer.BYTES + length;
        }
        return elements;
    }

    /** Bytes of an element in a tensor. */
    public static long byteSize(byte[] element) {
        return Integer.BYTES + (long) element.length;
    }

    /** Writes an element at {@code offset}; returns the offset behind it. */
    public static long write(byte[] element, MemorySegment target, long offset) {
        target.set(ElementLayout.INT, offset, element.length);
        MemorySegment.copy(element, 0, target, ValueLayout.JAVA_BYTE, offset + Integer.BYTES, element.length);
        return offset + byteSize(element);
    }
}
