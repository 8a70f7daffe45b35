package io.nereid.scheduler.sequence;

import io.nereid.inference.DataType;

/**
 * An input of a model that the server fills with one fact about a request's place in its sequence (Triton's
 * {@code control_input}).
 */
public sealed interface ControlInput {
    /** The input's name. */
    String name();

    /** The input's element type. */
    DataType dataType();

    /** What a flag says. */
    enum Fact {
        /** The request is the first of its sequence. */
        START,
        /** The request is the last of its sequence. */
        END,
        /** There is a request: not so in a null row. */
        READY
    }

    /**
     * One of two values.
     *
     * @param name the input's name
     * @param fact which of the values it is
     * @param dataType INT32, FP32 or BOOL
     * @param ifFalse the value where the fact is not so; of a BOOL 0 is false
     * @param ifTrue the value where it is so
     */
    record Flag(String name, Fact fact, DataType dataType, double ifFalse, double ifTrue) implements ControlInput {}

    /**
     * The correlation id itself; of a null row 0 or an empty text.
     *
     * @param name the input's name
     * @param dataType UINT64, INT64, UINT32, INT32 (the low 32 bits of the id) or BYTES
     */
    record Id(String name, DataType dataType) implements ControlInput {}
}
