package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;
import io.nereid.server.http.codec.ReadRequest.MissingData;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestedOutput;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads one infer request: the document and what it lists. A member that occurs twice counts where it occurs first,
 * one that is not known is skipped.
 */
final class JsonRequestParser {
    /** More inputs or outputs than any model has; without a limit a few bytes of JSON would take hundreds of heap. */
    private static final int MAX_TENSORS = 4096;

    private final JsonScanner scanner;
    private final InputParser inputParser;
    private final BinaryTensors binary;
    private final RequestMemory memory;
    private final JsonParameters parameters;
    private @Nullable String id;
    private final List<MissingData> missing = new ArrayList<>(0);
    private @Nullable List<Tensor> inputs;
    private @Nullable List<RequestedOutput> outputs;

    JsonRequestParser(JsonScanner scanner, InputParser inputParser, BinaryTensors binary, RequestMemory memory) {
        this.scanner = scanner;
        this.inputParser = inputParser;
        this.binary = binary;
        this.memory = memory;
        this.parameters = new JsonParameters(scanner);
    }

    ReadRequest parse() throws InferenceException {
        if (scanner.peekRoot() == JsonKind.OBJECT) {
            for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
                readMember(scanner.name());
            }
        } else {
            scanner.skip();
        }
        scanner.expectEnd();
        if (inputs == null) {
            throw missing("inputs");
        }
        binary.expectEnd();
        ClientRequest request = new ClientRequest(knownId(), inputs,
                outputs == null ? List.of() : outputs, parameters.binaryByDefault(), parameters.options(),
                parameters.custom(), memory);
        return new ReadRequest(request, missing);
    }

    /** The request's id as far as it has been read; empty for none. */
    private String knownId() {
        return id == null ? "" : id;
    }

    private void readMember(String name) throws InferenceException {
        if (name.equals("id") && id == null) {
            id = scanner.string("Unable to parse 'id'");
        } else if (name.equals("parameters") && !parameters.present()) {
            parameters.read();
        } else if (name.equals("inputs") && inputs == null) {
            inputs = readInputs();
        } else if (name.equals("outputs") && outputs == null) {
            outputs = readOutputs();
        } else {
            scanner.skip();
        }
    }

    private List<Tensor> readInputs() throws InferenceException {
        expectArray("inputs");
        List<Tensor> tensors = new ArrayList<>(4);
        Set<String> names = new HashSet<>(8);
        for (boolean more = scanner.enterArray(); more; more = scanner.nextElement()) {
            checkCount("inputs", tensors.size());
            tensors.add(inputParser.parse(knownId(), names));
            RegionSlice data = inputParser.sharedMemory();
            if (data != null) {
                missing.add(new MissingData(tensors.size() - 1, data, memory));
            }
        }
        return tensors;
    }

    private List<RequestedOutput> readOutputs() throws InferenceException {
        expectArray("outputs");
        List<RequestedOutput> requested = new ArrayList<>(4);
        Set<String> names = new HashSet<>(8);
        OutputParser outputParser = new OutputParser(scanner, memory);
        for (boolean more = scanner.enterArray(); more; more = scanner.nextElement()) {
            checkCount("outputs", requested.size());
            requested.add(outputParser.parse(knownId(), names));
        }
        return requested;
    }

    private void expectArray(String member) throws InferenceException {
        if (scanner.peek() != JsonKind.ARRAY) {
            throw JsonScanner.mismatch("Unable to parse '" + member + "'", "non-array as array");
        }
    }

    private static void checkCount(String member, int count) throws InferenceException {
        if (count == MAX_TENSORS) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "request has too many " + member + " (expected at most " + MAX_TENSORS + ")");
        }
    }

    /** The failure for a member that has to be there and is not. */
    static InferenceException missing(String member) {
        return new InferenceException(ErrorCode.INTERNAL, "Unable to parse '" + member
                + "': attempt to access non-existing object member '" + member + "'");
    }
}
