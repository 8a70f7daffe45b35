package io.nereid.inference;

/**
 * Which sequence a request belongs to: a number or a text, as its client chose. A number and a text are never the same
 * sequence, however the text reads. Immutable.
 */
public sealed interface CorrelationId {
    /** Of a request that belongs to no sequence. */
    CorrelationId NONE = new Number(0);

    /** The sequence of that number, unsigned; {@link #NONE} for 0. */
    static CorrelationId of(long number) {
        return number == 0 ? NONE : new Number(number);
    }

    /** The sequence of that name; {@link #NONE} for an empty one. */
    static CorrelationId of(String text) {
        return text.isEmpty() ? NONE : new Text(text);
    }

    /** Whether it names no sequence. */
    default boolean isNone() {
        return equals(NONE);
    }

    /** An unsigned number; 0 for none. */
    record Number(long value) implements CorrelationId {
        /** In decimal digits. */
        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /** Any text that is not empty. */
    record Text(String value) implements CorrelationId {
        @Override
        public String toString() {
            return value;
        }
    }
}
