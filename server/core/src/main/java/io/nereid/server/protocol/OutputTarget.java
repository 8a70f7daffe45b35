package io.nereid.server.protocol;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.OutputPlace;

import java.lang.foreign.MemorySegment;

/**
 * A place outside the response that an output's data goes to, as in shared memory: held for one request, whose owner
 * releases it once. Thread-safe.
 */
public interface OutputTarget extends Lease {
    /** Where a model may leave the output itself; {@link #write} is not needed where it has. */
    default OutputPlace place() {
        return OutputPlace.HOST;
    }

    /** Whether {@link #write} may wait for others: then no event loop calls it. */
    default boolean writesSlowly() {
        return false;
    }

    /**
     * Puts an output's data there, from its beginning. May block as long as copying takes.
     *
     * @param output the output's name, for the text of a failure
     * @throws InferenceException INTERNAL if it does not fit
     */
    void write(String output, MemorySegment data) throws InferenceException;
}
