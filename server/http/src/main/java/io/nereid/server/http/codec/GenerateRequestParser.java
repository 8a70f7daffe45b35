package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.server.protocol.TensorSpec;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the flat JSON of a generate request. Members named like an input become its tensor, a single element or an
 * array of them; all others become parameters. The members of {@code parameters} are treated as if they stood outside
 * it.
 */
final class GenerateRequestParser {
    private static final String NESTED = "parameters";

    private final ModelSignature model;
    private final JsonScanner scanner;
    private final TensorDataReader dataReader;
    private final RequestMemory memory;
    private final JsonParameters parameters;
    private final List<Tensor> inputs = new ArrayList<>(4);
    private @Nullable String id;

    GenerateRequestParser(ModelSignature model, JsonScanner scanner, TensorDataReader dataReader,
            RequestMemory memory) {
        this.model = model;
        this.scanner = scanner;
        this.dataReader = dataReader;
        this.memory = memory;
        this.parameters = new JsonParameters(scanner);
    }

    ClientRequest parse() throws InferenceException {
        if (scanner.peekRoot() != JsonKind.OBJECT) {
            scanner.skip();
            scanner.expectEnd();
            throw notAnObject();
        }
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            readMember(scanner.name());
        }
        scanner.expectEnd();
        return new ClientRequest(id == null ? "" : id, inputs, List.of(), false, RequestOptions.DEFAULT,
                parameters.custom(), memory);
    }

    private void readMember(String name) throws InferenceException {
        if (name.equals(NESTED)) {
            readNested();
            return;
        }
        if (name.equals("id") && id == null) {
            long start = scanner.position();
            id = scanner.string("Unable to parse 'id'");
            scanner.resume(start); // the id is a tensor or a parameter as well
        }
        readMapped(name);
    }

    private void readNested() throws InferenceException {
        if (model.input(NESTED) != null) {
            throw invalid("Keyword 'parameters' for nested schema also given as input tensor name");
        }
        if (scanner.peek() != JsonKind.OBJECT) {
            throw JsonScanner.mismatch("Expected JSON object for keyword: 'parameters'", "non-object as object");
        }
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            String name = scanner.name();
            try {
                readMapped(name);
            } catch (InferenceException e) {
                throw e.withText("Converting keyword: 'parameters': " + e.text());
            }
        }
    }

    private void readMapped(String name) throws InferenceException {
        TensorSpec input = model.input(name);
        if (input == null) {
            parameters.readOutside(name);
            return;
        }
        for (Tensor other : inputs) {
            if (other.name().equals(name)) {
                throw RequestValidator.withId(id == null ? "" : id,
                        invalid("input '" + name + "' already exists in request"));
            }
        }
        inputs.add(scanner.readData(() -> readTensor(input)));
    }

    private Tensor readTensor(TensorSpec input) throws InferenceException {
        DataType type = input.dataType();
        scanner.peek();
        long elements = dataReader.count();
        Shape shape = FlatShape.of(input, elements);
        if (elements == 0) {
            scanner.skip();
            return new Tensor(input.name(), type, shape, TensorData.EMPTY);
        }
        return new Tensor(input.name(), type, shape, dataReader.read(input.name(), type, elements));
    }

    private static InferenceException notAnObject() {
        return new InferenceException(ErrorCode.INTERNAL, "attempt to get members for non-object");
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
