package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Set;

/**
 * Reads the inputs of a request, one at a time, each with its data: from JSON as soon as name, type and shape are
 * known (where {@code data} comes before them, by coming back), or from the bytes behind the JSON. Data in shared
 * memory is noted, and copied later. Not thread-safe.
 */
final class InputParser extends ElementParser {
    /** More dimensions than any backend takes. */
    private static final int MAX_RANK = 256;
    private static final long NO_DATA = -1;

    private final BinaryTensors binary;
    private final TensorDataReader dataReader;
    private @Nullable String typeName;
    private @Nullable Shape shape;
    private long dataAt;
    private @Nullable TensorData data;
    private boolean isBinary;
    private long binarySize;

    InputParser(JsonScanner scanner, BinaryTensors binary, TensorDataReader dataReader) {
        super(scanner);
        this.binary = binary;
        this.dataReader = dataReader;
    }

    /**
     * The element that comes next, without its data if that is in {@link #sharedMemory}; {@code names} are those of
     * the inputs before it, to which its own is added; {@code requestId} is for the text of a failure, empty for none.
     */
    Tensor parse(String requestId, Set<String> names) throws InferenceException {
        typeName = null;
        shape = null;
        dataAt = NO_DATA;
        data = null;
        isBinary = false;
        binarySize = 0;
        readElement();
        return complete(requestId, names);
    }

    @Override
    boolean readOwnMember(String member) throws InferenceException {
        if (member.equals("datatype") && typeName == null) {
            typeName = scanner.string("Unable to parse 'datatype'");
        } else if (member.equals("shape") && shape == null) {
            shape = readShape();
        } else if (member.equals("data") && dataAt == NO_DATA) {
            readDataMember();
        } else {
            return false;
        }
        return true;
    }

    @Override
    boolean readOwnParameter(String parameter) throws InferenceException {
        if (!parameter.equals("binary_data_size")) {
            return false;
        }
        isBinary = true;
        binarySize = scanner.unsigned("Unable to parse 'binary_data_size'");
        return true;
    }

    private Shape readShape() throws InferenceException {
        if (scanner.peek() != JsonKind.ARRAY) {
            throw JsonScanner.mismatch("Unable to parse 'shape'", "non-array as array");
        }
        long[] dims = new long[8];
        int rank = 0;
        for (boolean more = scanner.enterArray(); more; more = scanner.nextElement()) {
            if (rank == MAX_RANK) {
                throw invalid("shape of input has more than " + MAX_RANK + " dimensions");
            }
            dims = rank == dims.length ? Arrays.copyOf(dims, rank * 2) : dims;
            long dim = scanner.unsigned("Unable to parse 'shape'");
            if (dim < 0) {
                throw tooManyElements(Long.toUnsignedString(dim));
            }
            dims[rank++] = dim;
        }
        return Shape.of(Arrays.copyOf(dims, rank));
    }

    private void readDataMember() throws InferenceException {
        scanner.peek();
        dataAt = scanner.position();
        data = scanner.readData(this::readOrSkipData);
    }

    private @Nullable TensorData readOrSkipData() throws InferenceException {
        String input = name();
        if (input != null && typeName != null && shape != null && !isBinary && !inSharedMemory()) {
            return readData(input, typeOf(input, typeName), shape);
        }
        scanner.skip();
        return null;
    }

    private TensorData readData(String input, DataType type, Shape of) throws InferenceException {
        long elements = checkedElements(input, type, of);
        if (elements == 0) {
            scanner.skip();
            return TensorData.EMPTY;
        }
        if (scanner.peek() != JsonKind.ARRAY) {
            InferenceException mismatch = JsonScanner.mismatch("Unable to parse 'data'", "non-array as array");
            throw mismatch.withText(mismatch.text() + " (input '" + input + "': expected an array of its elements)");
        }
        return dataReader.read(input, type, elements);
    }

    private Tensor complete(String requestId, Set<String> names) throws InferenceException {
        checkOneSource();
        if (name() == null) {
            throw JsonRequestParser.missing("name");
        }
        if (typeName == null) {
            throw JsonRequestParser.missing("datatype");
        }
        if (shape == null) {
            throw JsonRequestParser.missing("shape");
        }
        String name = uniqueName("input", requestId, names);
        DataType type = typeOf(name, typeName);
        if (inSharedMemory()) {
            return new Tensor(name, type, shape, TensorData.EMPTY);
        }
        if (isBinary) {
            return new Tensor(name, type, shape, binary.next(name, binarySize));
        }
        if (data == null) {
            data = readDataAgain(name, type, shape);
        }
        return new Tensor(name, type, shape, data);
    }

    private TensorData readDataAgain(String input, DataType type, Shape of) throws InferenceException {
        return scanner.readData(() -> {
            long behind = scanner.position();
            scanner.resume(dataAt);
            TensorData read = readData(input, type, of);
            scanner.resume(behind);
            return read;
        });
    }

    private void checkOneSource() throws InferenceException {
        boolean inJson = dataAt != NO_DATA;
        int sources = (inJson ? 1 : 0) + (isBinary ? 1 : 0) + (inSharedMemory() ? 1 : 0);
        if (sources != 1) {
            throw invalid(
                    "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', "
                            + "'shared_memory_region' in 'parameters'. But"
                            + (sources == 0 ? " no field is set"
                                    : " set" + (inJson ? " 'data'" : "")
                                            + (isBinary ? " 'binary_data_size'" : "")
                                            + (inSharedMemory() ? " 'shared_memory_region'" : "")));
        }
    }

    private static DataType typeOf(String input, String typeName) throws InferenceException {
        DataType type = DataType.named(typeName);
        if (type == null) {
            throw invalid("invalid datatype for input " + input);
        }
        return type;
    }

    /** How many elements there are; fails where neither they nor their bytes can be counted. */
    private static long checkedElements(String input, DataType type, Shape of) throws InferenceException {
        long elements;
        try {
            elements = of.elementCount();
        } catch (ArithmeticException e) {
            throw tooManyElements(of.toString());
        }
        if (Math.multiplyHigh(elements, type.byteSize()) != 0 || elements * type.byteSize() < 0) {
            throw invalid("byte size overflow for input '" + input + "': shape " + of + " of " + type);
        }
        return elements;
    }

    private static InferenceException tooManyElements(String what) {
        return invalid("shape " + what + " causes total element count to exceed maximum size of " + Long.MAX_VALUE);
    }
}
