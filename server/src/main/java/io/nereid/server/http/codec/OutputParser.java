package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestedOutput;
import org.jspecify.annotations.Nullable;

import java.util.Set;

/** Reads the outputs that a request asks for, one at a time. Not thread-safe. */
final class OutputParser {
    private final JsonScanner scanner;
    private @Nullable String name;
    private boolean parametersRead;
    private boolean binary;
    private boolean classified;
    private long classification;
    private @Nullable String sharedMemoryRegion;

    OutputParser(JsonScanner scanner) {
        this.scanner = scanner;
    }

    /** The element that comes next; {@code names} are those of the outputs before it, to which its own is added. */
    RequestedOutput parse(Set<String> names) throws InferenceException {
        reset();
        if (scanner.peek() == JsonKind.OBJECT) {
            for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
                readMember(scanner.name());
            }
        } else {
            scanner.skip();
        }
        checkSharedMemory();
        if (name == null) {
            throw InferRequestParser.missing("name");
        }
        if (!names.add(name)) {
            throw invalid("output '" + name + "' already exists in request");
        }
        if (sharedMemoryRegion != null) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "output '" + name + "' asks for shared memory region '"
                    + sharedMemoryRegion + "', but this server has no shared memory yet; receive it as binary_data");
        }
        return new RequestedOutput(name, binary, (int) Math.min(classification, Integer.MAX_VALUE));
    }

    private void reset() {
        name = null;
        parametersRead = false;
        binary = false;
        classified = false;
        classification = 0;
        sharedMemoryRegion = null;
    }

    private void readMember(String member) throws InferenceException {
        if (member.equals("name") && name == null) {
            name = scanner.string("Unable to parse 'name'");
        } else if (member.equals("parameters") && !parametersRead && scanner.peek() == JsonKind.OBJECT) {
            parametersRead = true;
            for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
                readParameter(scanner.name());
            }
        } else {
            scanner.skip();
        }
    }

    private void readParameter(String parameter) throws InferenceException {
        switch (parameter) {
            case "binary_data" -> binary = scanner.bool("Unable to parse 'binary_data'");
            case "classification" -> {
                classified = true;
                long asked = scanner.unsigned("Unable to set 'classification'");
                classification = asked < 0 ? Long.MAX_VALUE : asked;
            }
            case "shared_memory_region" ->
                sharedMemoryRegion = scanner.string("Unable to parse 'shared_memory_region'");
            case "shared_memory_offset" -> scanner.unsigned("Unable to parse 'shared_memory_offset'");
            case "shared_memory_byte_size" -> scanner.unsigned("Unable to parse 'shared_memory_byte_size'");
            default -> scanner.skip();
        }
    }

    private void checkSharedMemory() throws InferenceException {
        if (sharedMemoryRegion != null && classified) {
            throw invalid("Output can't set both 'shared_memory_region' and 'classification'");
        }
        if (sharedMemoryRegion != null && binary) {
            throw invalid("Output can't set both 'shared_memory_region' and 'binary_data'");
        }
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
