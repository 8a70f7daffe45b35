package io.nereid.perf.client;

import java.nio.ByteBuffer;

/**
 * A request of a sequence model, which is sent as a step of one sequence after the other.
 *
 * @param bytes whole, with room for the mark; read-only, from its position to its limit
 */
public record SequenceStep(ByteBuffer bytes, SequenceMark mark) {
    public SequenceStep {
        bytes = bytes.slice().asReadOnlyBuffer();
    }
}
