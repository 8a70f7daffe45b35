package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Checks that a tensor's bytes are exactly the elements its shape promises. */
final class ElementCheck {
    private static final ValueLayout.OfInt LENGTH = ElementLayout.INT;

    private ElementCheck() {}

    /** Throws INVALID_ARG if bytes are missing, left over, or no elements of the type. */
    static void check(String model, Tensor input) throws InferenceException {
        long elements;
        try {
            elements = input.shape().elementCount();
        } catch (ArithmeticException _) {
            throw RequestValidator.invalid("shape " + input.shape() + " of input '" + input.name()
                    + "' causes total element count to exceed maximum size of " + Long.MAX_VALUE);
        }
        if (input.dataType() == DataType.BYTES) {
            checkStrings(model, input, elements);
            return;
        }
        if (elements > Long.MAX_VALUE / input.dataType().byteSize()) {
            throw RequestValidator.invalid("byte size overflow for input '" + input.name() + "' with shape "
                    + input.shape());
        }
        long expected = elements * input.dataType().byteSize();
        if (expected != input.byteSize()) {
            throw sizeMismatch(model, input, expected);
        }
    }

    /** The error for an input that has not as many bytes as expected. */
    static InferenceException sizeMismatch(String model, Tensor input, long expected) {
        return RequestValidator.invalid("input byte size mismatch for input '" + input.name() + "' for model '"
                + model + "'. Expected " + expected + ", got " + input.byteSize());
    }

    private static void checkStrings(String model, Tensor input, long elements) throws InferenceException {
        String where = " for inference input '" + input.name() + "' for model '" + model + "'";
        MemorySegment data = input.data();
        long position = 0;
        long found = 0;
        while (position < data.byteSize()) {
            long left = data.byteSize() - position;
            if (found == elements) {
                throw RequestValidator.invalid("unexpected number of string elements " + (found + 1)
                        + where + ", expecting " + elements);
            }
            if (left < LENGTH.byteSize()) {
                throw RequestValidator.invalid("incomplete string length indicator" + where
                        + ", expecting 4 bytes but only " + left + " bytes available");
            }
            long length = Integer.toUnsignedLong(data.get(LENGTH, position));
            if (length > left - LENGTH.byteSize()) {
                throw RequestValidator.invalid("incomplete string data" + where + ", expecting string of length "
                        + length + " but only " + (left - LENGTH.byteSize())
                        + " bytes available");
            }
            position += LENGTH.byteSize() + length;
            found++;
        }
        if (found != elements) {
            throw RequestValidator.invalid("expected " + elements + " string elements" + where + ", got "
                    + found);
        }
    }
}
