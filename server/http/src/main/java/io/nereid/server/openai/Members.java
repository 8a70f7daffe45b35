package io.nereid.server.openai;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.JsonKind;
import io.nereid.server.http.codec.JsonScanner;
import io.nereid.server.protocol.RequestLimits;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The members of the object that a request's body is: {@link #read} walks through all of it once and notes where the
 * values are that the route knows, which are read when they are wanted. A member that is null is one that is not there;
 * of two with the same name the last one counts. Not thread-safe; valid as long as the body is.
 */
final class Members {
    private final JsonScanner scanner;
    private final MemorySegment body;
    private final FieldNames names;
    private final Map<String, Long> positions = new HashMap<>();
    private @Nullable Fault fault;
    /** Which member is refused. */
    private @Nullable String refused;
    /** What says the fault, or the refusal. */
    private @Nullable InferenceException said;

    /** Those of a body that nobody has read. */
    Members(MemorySegment body, RequestLimits limits, FieldNames names) {
        this.body = body;
        this.names = names;
        this.scanner = new JsonScanner(body, body.byteSize(), limits);
    }

    /**
     * Why the body is not what the route takes.
     *
     * @param type the kind of fault, in Pydantic's words
     * @param path the member, and those in it, where it is; empty for the whole body
     * @param text what is wrong
     */
    record Fault(String type, List<String> path, String text) {
        /** Where it is, with dots between the names. */
        String member() {
            return String.join(".", path);
        }
    }

    /** The member that this error is of; null where it is of none, or comes from something else. */
    @Nullable
    String memberOf(InferenceException error) {
        Fault found = of(error);
        return !error.equals(said) ? null : found == null ? refused : found.path().isEmpty() ? null : found.member();
    }

    /** The fault that this error says; null where it comes from something else. */
    @Nullable
    Fault of(InferenceException error) {
        return error.equals(said) ? fault : null;
    }

    /**
     * Reads the whole body.
     *
     * @throws InferenceException INVALID_ARG if it is no JSON, no object, or too long without its texts
     */
    void read() throws InferenceException {
        try {
            readAll();
        } catch (InferenceException e) {
            throw e.code() == ErrorCode.INTERNAL ? fault("json_invalid", "", e.text()) : e;
        }
    }

    private void readAll() throws InferenceException {
        if (scanner.peekRoot() != JsonKind.OBJECT) {
            throw fault("model_attributes_type", "", "Input should be an object");
        }
        int count = 0;
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            scanner.limits().checkParameters(++count);
            String name = scanner.name();
            JsonKind kind = scanner.peek();
            if (names.isKnown(name)) {
                if (kind == JsonKind.NULL) {
                    positions.remove(name);
                } else {
                    positions.put(name, scanner.position());
                }
            } else if (names.areAll()) {
                throw fault("extra_forbidden", name, "Extra inputs are not permitted");
            }
            if (names.isData(name)) {
                scanner.readData(this::skip);
            } else {
                scanner.skip();
            }
        }
        scanner.expectEnd();
    }

    private @Nullable Void skip() throws InferenceException {
        scanner.skip();
        return null;
    }

    /**
     * The string that is the first member of that name; null where there is none.
     *
     * @throws InferenceException if what comes before it is no JSON, or it is no string
     */
    static @Nullable String find(JsonScanner scanner, String name) throws InferenceException {
        if (scanner.peekRoot() != JsonKind.OBJECT) {
            return null;
        }
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            boolean found = scanner.name().equals(name);
            if (found && scanner.peek() == JsonKind.STRING) {
                return scanner.string(name);
            }
            scanner.skip();
        }
        return null;
    }

    /** Whether there is such a member. */
    boolean has(String name) {
        return positions.containsKey(name);
    }

    /** The scanner, before that member's value. */
    JsonScanner at(String name) throws InferenceException {
        Long position = positions.get(name);
        if (position == null) {
            throw fault("missing", name, "Field required");
        }
        scanner.resume(position);
        return scanner;
    }

    /** What that member's value is, which comes next then. */
    JsonKind kind(String name) throws InferenceException {
        return at(name).peek();
    }

    /** A string. */
    String text(String name) throws InferenceException {
        expect(name, JsonKind.STRING, "string_type", "Input should be a valid string");
        return scanner.string(name);
    }

    /** A boolean; {@code otherwise} where there is none. */
    boolean flag(String name, boolean otherwise) throws InferenceException {
        if (!has(name)) {
            return otherwise;
        }
        expect(name, JsonKind.BOOLEAN, "bool_type", "Input should be a valid boolean");
        return scanner.bool(name);
    }

    /** A whole number. */
    long integer(String name) throws InferenceException {
        expect(name, JsonKind.NUMBER, "int_type", "Input should be a valid integer");
        try {
            return scanner.signed(name);
        } catch (InferenceException _) {
            throw fault("int_type", name, "Input should be a valid integer");
        }
    }

    /** A finite number. */
    double real(String name) throws InferenceException {
        expect(name, JsonKind.NUMBER, "float_type", "Input should be a valid number");
        double value = scanner.real(name);
        if (!Double.isFinite(value)) {
            throw fault("finite_number", name, "Input should be a finite number");
        }
        return value;
    }

    /** The JSON text of that member's value: a part of the body. */
    MemorySegment json(String name) throws InferenceException {
        JsonScanner at = at(name);
        at.peek();
        long start = at.position();
        at.skip();
        return body.asSlice(start, at.position() - start);
    }

    private void expect(String name, JsonKind kind, String type, String text) throws InferenceException {
        if (kind(name) != kind) {
            throw fault(type, name, text);
        }
    }

    /** The error of a body that is not what the route takes: status 422. */
    InferenceException fault(String type, String member, String text) {
        return fault(type, member.isEmpty() ? List.of() : List.of(member), text);
    }

    /** The same of a member in a member, whose names are these. */
    InferenceException fault(String type, List<String> path, String text) {
        Fault found = new Fault(type, path, text);
        InferenceException error = new InferenceException(ErrorCode.INVALID_ARG,
                path.isEmpty() ? text : found.member() + ": " + text);
        fault = found;
        said = error;
        return error;
    }

    /** The error of a member that is well formed and cannot be served: status 400. */
    InferenceException refusal(String member, String text) {
        InferenceException error = OpenAiRequest.invalid(text);
        fault = null;
        refused = member;
        said = error;
        return error;
    }
}
