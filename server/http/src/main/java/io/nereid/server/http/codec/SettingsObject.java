package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;

import java.lang.foreign.MemorySegment;

/** The members of a small JSON object, one after the other. The text must be nothing but that. Not thread-safe. */
final class SettingsObject {
    /** Far more than settings take; longer ones could hold an event loop up. */
    private static final int MAX_BYTES = 64 << 10;

    private final JsonScanner scanner;
    private String name = "";
    private boolean begun;

    private SettingsObject(JsonScanner scanner) {
        this.scanner = scanner;
    }

    /** @throws InferenceException if the text does not begin like an object, or is very long */
    static SettingsObject of(MemorySegment body) throws InferenceException {
        if (body.byteSize() > MAX_BYTES) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "settings: got " + body.byteSize()
                    + " bytes (expected at most " + MAX_BYTES + ")");
        }
        JsonScanner scanner = new JsonScanner(body, body.byteSize(), RequestLimits.DEFAULT);
        try {
            if (scanner.peekRoot() != JsonKind.OBJECT) {
                throw JsonScanner.mismatch("", "non-object as object");
            }
            return new SettingsObject(scanner);
        } catch (InferenceException e) {
            throw BodyKind.explain(e, body, "a JSON object of settings");
        }
    }

    /** Whether there is another member; the value of the last one must have been read. */
    boolean next() throws InferenceException {
        boolean more = begun ? scanner.nextMember() : scanner.enterObject();
        begun = true;
        if (more) {
            name = scanner.name();
        } else {
            scanner.expectEnd();
        }
        return more;
    }

    /** The member's name. */
    String name() {
        return name;
    }

    /** Whether its value is null, which is read then. */
    boolean isNull() throws InferenceException {
        boolean none = scanner.peek() == JsonKind.NULL;
        if (none) {
            scanner.skip();
        }
        return none;
    }

    /** Reads its value. */
    JsonScanner value() {
        return scanner;
    }
}
