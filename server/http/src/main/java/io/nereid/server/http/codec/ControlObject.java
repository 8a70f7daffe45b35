package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;

import java.lang.foreign.MemorySegment;

/**
 * The members of the small JSON object that a request of the control plane is, one after the other. The text must be
 * nothing but that; what is wrong with it is said in Triton's words, as for inference (docs/compatibility.md). Not
 * thread-safe: one for each request.
 */
final class ControlObject {
    /** Far more than settings or a region take; longer ones could hold an event loop up. */
    private static final int MAX_BYTES = 64 << 10;

    private final JsonScanner scanner;
    private String name = "";
    private boolean begun;

    private ControlObject(MemorySegment body, String what) throws InferenceException {
        if (body.byteSize() > MAX_BYTES) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    what + ": got " + body.byteSize() + " bytes (expected at most " + MAX_BYTES + ")");
        }
        this.scanner = new JsonScanner(body, body.byteSize(), RequestLimits.DEFAULT);
    }

    /** @throws InferenceException if the text does not begin like an object, or is very long */
    static ControlObject settings(MemorySegment body) throws InferenceException {
        ControlObject object = new ControlObject(body, "settings");
        try {
            if (object.scanner.peekRoot() != JsonKind.OBJECT) {
                throw JsonScanner.mismatch("", "non-object as object");
            }
            return object;
        } catch (InferenceException e) {
            throw BodyKind.explain(e, body, "a JSON object of settings");
        }
    }

    /**
     * What registers a region. JSON that is no object has no members.
     *
     * @throws InferenceException if the text is very long
     */
    static ControlObject region(MemorySegment body) throws InferenceException {
        return new ControlObject(body, "shared memory register request");
    }

    /**
     * What loads a model. JSON that is no object has no members.
     *
     * @throws InferenceException if the text is very long
     */
    static ControlObject load(MemorySegment body) throws InferenceException {
        return new ControlObject(body, "load model request");
    }

    /** Whether there is another member; the value of the last one must have been read. */
    boolean next() throws InferenceException {
        boolean more = begun ? scanner.nextMember() : enter();
        begun = true;
        if (more) {
            name = scanner.name();
        } else {
            scanner.expectEnd();
        }
        return more;
    }

    private boolean enter() throws InferenceException {
        if (scanner.peekRoot() == JsonKind.OBJECT) {
            return scanner.enterObject();
        }
        scanner.skip();
        return false;
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
