package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestValidator;
import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * Reads one element of {@code inputs} or {@code outputs} at a time: what both have, a name and a place in shared
 * memory, and by its subclass what only one of them has. A member that occurs twice counts where it occurs first. Not
 * thread-safe.
 */
abstract class ElementParser {
    protected final JsonScanner scanner;
    private @Nullable String name;
    private boolean parametersRead;
    private @Nullable String region;
    private long offset;
    private long byteSize;

    ElementParser(JsonScanner scanner) {
        this.scanner = scanner;
    }

    /** Forgets the last element and reads the next one; what is not an object has no members. */
    final void readElement() throws InferenceException {
        name = null;
        parametersRead = false;
        region = null;
        offset = 0;
        byteSize = 0;
        if (scanner.peek() == JsonKind.OBJECT) {
            for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
                readMember(scanner.name());
            }
        } else {
            scanner.skip();
        }
    }

    private void readMember(String member) throws InferenceException {
        if (member.equals("name") && name == null) {
            name = scanner.string("Unable to parse 'name'");
        } else if (member.equals("parameters") && !parametersRead && scanner.peek() == JsonKind.OBJECT) {
            parametersRead = true;
            int count = 0;
            for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
                scanner.limits().checkParameters(++count);
                readParameter(scanner.name());
            }
        } else if (!readOwnMember(member)) {
            scanner.skip();
        }
    }

    private void readParameter(String parameter) throws InferenceException {
        switch (parameter) {
            case "shared_memory_region" -> region = scanner.string("Unable to parse 'shared_memory_region'");
            case "shared_memory_offset" -> offset = scanner.unsigned("Unable to parse 'shared_memory_offset'");
            case "shared_memory_byte_size" -> byteSize = scanner.unsigned("Unable to parse 'shared_memory_byte_size'");
            default -> {
                if (!readOwnParameter(parameter)) {
                    scanner.skip();
                }
            }
        }
    }

    /** Reads the value of that member if it is one the subclass knows; whether it was. */
    abstract boolean readOwnMember(String member) throws InferenceException;

    /** Reads the value of that parameter if it is one the subclass knows; whether it was. */
    abstract boolean readOwnParameter(String parameter) throws InferenceException;

    /** The element's name if it has been read already. */
    final @Nullable String name() {
        return name;
    }

    /**
     * The element's name, which is added to {@code names}.
     *
     * @param what what the element is, for the text of the failure if there is another one of its name
     * @param requestId the id of the request, for the same; empty for none
     */
    final String uniqueName(String what, String requestId, Set<String> names) throws InferenceException {
        if (name == null) {
            throw JsonRequestParser.missing("name");
        }
        if (!names.add(name)) {
            throw RequestValidator.withId(requestId, invalid(what + " '" + name + "' already exists in request"));
        }
        return name;
    }

    /** Where in shared memory the element's data is, or null for nowhere. */
    final @Nullable RegionSlice sharedMemory() {
        return region == null ? null : new RegionSlice(region, offset, byteSize);
    }

    /** Whether a place in shared memory was named so far. */
    final boolean inSharedMemory() {
        return region != null;
    }

    static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
