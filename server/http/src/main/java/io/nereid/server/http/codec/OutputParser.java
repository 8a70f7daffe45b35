package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestedOutput;

import java.util.Set;

/** Reads the outputs that a request asks for, one at a time. Not thread-safe. */
final class OutputParser extends ElementParser {
    private final RequestMemory memory;
    private boolean binary;
    private boolean classified;
    private long classification;

    OutputParser(JsonScanner scanner, RequestMemory memory) {
        super(scanner);
        this.memory = memory;
    }

    /**
     * The element that comes next; {@code names} are those of the outputs before it, to which its own is added, {@code
     * requestId} is for the text of a failure, empty for none.
     */
    RequestedOutput parse(String requestId, Set<String> names) throws InferenceException {
        binary = false;
        classified = false;
        classification = 0;
        readElement();
        RegionSlice place = sharedMemory();
        if (place != null) {
            checkNothingElse();
        }
        String name = uniqueName("output", requestId, names);
        return new RequestedOutput(name, binary, (int) Math.min(classification, Integer.MAX_VALUE),
                place == null ? null : memory.target(place));
    }

    @Override
    boolean readOwnMember(String member) {
        return false;
    }

    @Override
    boolean readOwnParameter(String parameter) throws InferenceException {
        switch (parameter) {
            case "binary_data" -> binary = scanner.bool("Unable to parse 'binary_data'");
            case "classification" -> {
                classified = true;
                long asked = scanner.unsigned("Unable to set 'classification'");
                classification = asked < 0 ? Long.MAX_VALUE : asked;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void checkNothingElse() throws InferenceException {
        if (classified) {
            throw invalid("Output can't set both 'shared_memory_region' and 'classification'");
        }
        if (binary) {
            throw invalid("Output can't set both 'shared_memory_region' and 'binary_data'");
        }
    }
}
