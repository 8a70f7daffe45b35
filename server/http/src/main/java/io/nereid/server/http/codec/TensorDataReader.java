package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static io.nereid.inference.ElementLayout.DOUBLE;
import static io.nereid.inference.ElementLayout.FLOAT;
import static io.nereid.inference.ElementLayout.INT;
import static io.nereid.inference.ElementLayout.LONG;
import static io.nereid.inference.ElementLayout.SHORT;

/**
 * Reads the elements of one tensor from JSON straight into native memory. Arrays may be nested in any way; only their
 * leaves count, in the order they are written. Not thread-safe; lives as long as its request is read.
 */
final class TensorDataReader {
    private static final String CONTEXT = "Unable to parse 'data'";
    private static final String BYTES_CONTEXT = "Unable to parse JSON bytes array";
    private static final int LENGTH_PREFIX = Integer.BYTES;

    private final JsonScanner scanner;
    private final RequestMemory memory;
    private final long maxInputSize;

    /** A reader of tensors of at most {@code maxInputSize} bytes each. */
    TensorDataReader(JsonScanner scanner, RequestMemory memory, long maxInputSize) {
        this.scanner = scanner;
        this.memory = memory;
        this.maxInputSize = maxInputSize;
    }

    /**
     * Reads the value that comes next, an array or a single element, into a new buffer of {@code memory}.
     *
     * @param elements how many elements there have to be; for BYTES any number will do, the caller checks it
     */
    TensorData read(String input, DataType type, long elements) throws InferenceException {
        return type == DataType.BYTES ? readBytes(input) : readFixed(input, type, elements);
    }

    /** The failure to read an element, which says where that is if its JSON is good but of another type. */
    private static InferenceException at(String input, DataType type, long index, InferenceException failure) {
        boolean mismatch = failure.text().startsWith(CONTEXT) || failure.text().startsWith(BYTES_CONTEXT);
        return mismatch ? failure.withText(failure.text() + " (input '" + input + "', element " + index + ": expected "
                + type + ")") : failure;
    }

    private TensorData readFixed(String input, DataType type, long elements) throws InferenceException {
        checkSize(input, Math.multiplyExact(elements, type.byteSize()));
        // each element takes a byte and a comma or bracket at least: a larger claim cannot come true, nor take memory
        long possible = Math.min(elements, scanner.remaining());
        TensorBuffer buffer = memory.allocate(possible * type.byteSize());
        MemorySegment data = buffer.segment();
        long found = forEachElement(index -> {
            if (index < elements) {
                return readRun(input, type, data, index, elements);
            }
            scanner.skip(); // they are counted for the error, and must be JSON
            return 1;
        });
        if (found != elements) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    CONTEXT + ": Shape does not match true shape of 'data' field (input '" + input + "': expected "
                            + elements + " elements, got " + found + ")");
        }
        return buffer.data();
    }

    /**
     * Reads the element that comes next, with index {@code first}, and those behind it in the same array as far as
     * they are as easily read as most are; returns how many.
     */
    private long readRun(String input, DataType type, MemorySegment data, long first, long elements)
            throws InferenceException {
        long index = first;
        try {
            readElement(type, data, index++);
            while (index < elements && type != DataType.BOOL && scanner.nextPlainNumber()) {
                if (type == DataType.FP32) { // most are: the loop is a third faster without the call
                    data.set(FLOAT, index++ * Float.BYTES, DecimalFloat.toFloat(scanner.number()));
                } else {
                    storeNumber(type, data, index++);
                }
            }
        } catch (InferenceException e) {
            throw at(input, type, index - 1, e);
        }
        return index - first;
    }

    private void readElement(DataType type, MemorySegment data, long index) throws InferenceException {
        switch (type) {
            case FP32, FP64, FP16, BF16 -> scanner.number(CONTEXT);
            case INT8, INT16, INT32, INT64 -> scanner.signed(CONTEXT);
            case UINT8, UINT16, UINT32, UINT64 -> scanner.unsigned(CONTEXT);
            case BOOL -> {
                data.set(ValueLayout.JAVA_BYTE, index, (byte) (scanner.bool(CONTEXT) ? 1 : 0));
                return;
            }
            case BYTES -> throw new IllegalStateException("BYTES elements have no fixed size");
        }
        storeNumber(type, data, index);
    }

    private void storeNumber(DataType type, MemorySegment data, long index) throws InferenceException {
        switch (type) {
            case FP32 -> data.set(FLOAT, index * Float.BYTES, DecimalFloat.toFloat(scanner.number()));
            case FP64 -> data.set(DOUBLE, index * Double.BYTES, DecimalFloat.toDouble(scanner.number()));
            case FP16 -> data.set(SHORT, index * Short.BYTES, DecimalFloat.toFloat16(scanner.number()));
            case BF16 -> data.set(SHORT, index * Short.BYTES, DecimalFloat.toBfloat16(scanner.number()));
            case INT8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) scanner.asSigned(CONTEXT));
            case INT16 -> data.set(SHORT, index * Short.BYTES, (short) scanner.asSigned(CONTEXT));
            case INT32 -> data.set(INT, index * Integer.BYTES, (int) scanner.asSigned(CONTEXT));
            case INT64 -> data.set(LONG, index * Long.BYTES, scanner.asSigned(CONTEXT));
            case UINT8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) scanner.asUnsigned(CONTEXT));
            case UINT16 -> data.set(SHORT, index * Short.BYTES, (short) scanner.asUnsigned(CONTEXT));
            case UINT32 -> data.set(INT, index * Integer.BYTES, (int) scanner.asUnsigned(CONTEXT));
            case UINT64 -> data.set(LONG, index * Long.BYTES, scanner.asUnsigned(CONTEXT));
            case BOOL, BYTES -> throw new IllegalStateException(type + " elements are no numbers");
        }
    }

    /** Strings are read twice: how many bytes they have is only known when all escapes are resolved. */
    private TensorData readBytes(String input) throws InferenceException {
        long start = scanner.position();
        Total size = new Total();
        forEachElement(index -> {
            try {
                size.value += LENGTH_PREFIX + scanner.stringBytes(BYTES_CONTEXT, null, 0);
            } catch (InferenceException e) {
                throw at(input, DataType.BYTES, index, e);
            }
            return 1;
        });
        checkSize(input, size.value);
        TensorBuffer buffer = memory.allocate(size.value);
        MemorySegment data = buffer.segment();
        scanner.resume(start);
        Total written = new Total();
        forEachElement(index -> {
            long length = scanner.stringBytes(BYTES_CONTEXT, data, written.value + LENGTH_PREFIX);
            data.set(INT, written.value, (int) length);
            written.value += LENGTH_PREFIX + length;
            return 1;
        });
        return buffer.data();
    }

    /** How many elements the value that comes next has; it comes next again afterwards. */
    long count() throws InferenceException {
        long start = scanner.position();
        long elements = forEachElement(_ -> {
            scanner.skip();
            return 1;
        });
        scanner.resume(start);
        return elements;
    }

    private void checkSize(String input, long byteSize) throws InferenceException {
        if (byteSize > maxInputSize) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "JSON input '" + input + "' has a byte_size (" + byteSize
                            + ") that exceeds the maximum allowed value of " + maxInputSize
                            + " bytes. Use --http-max-input-size to increase the limit.");
        }
    }

    private long forEachElement(ElementReader reader) throws InferenceException {
        if (!scanner.accept('[')) {
            return reader.read(0);
        }
        long index = 0;
        int depth = 1;
        boolean justOpened = true;
        while (depth > 0) {
            if (justOpened && scanner.accept(']')) {
                depth--;
            } else if (scanner.accept('[')) {
                JsonScanner.checkDepth(++depth);
                justOpened = true;
                continue;
            } else {
                index += reader.read(index);
            }
            while (depth > 0 && !scanner.nextElement()) {
                depth--;
            }
            justOpened = false;
        }
        return index;
    }

    /** Reads the element that comes next, or more that follow it in the same array; returns how many. */
    @FunctionalInterface
    private interface ElementReader {
        long read(long index) throws InferenceException;
    }

    /** A sum that a lambda adds to. */
    private static final class Total {
        private long value;
    }
}
