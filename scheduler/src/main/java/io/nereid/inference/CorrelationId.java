package io.nereid.inference;

/**
 * Which sequence a request belongs to: a number or a text, as its client chose, or a number that the server chose. Two
 * kinds are never the same sequence, however they read. Immutable.
 */
public sealed interface CorrelationId {
    /** Of a request that belongs to no sequence. */
    static CorrelationId none() {
        return NumberId.NONE;
    }

    /** The sequence of that number, unsigned; {@link #none} for 0. */
    static CorrelationId of(long number) {
        return number == 0 ? none() : new NumberId(number);
    }

    /** The sequence of that name; {@link #none} for an empty one. */
    static CorrelationId of(String text) {
        return text.isEmpty() ? none() : new TextId(text);
    }

    /** The sequence that the server has given that number; no client can name it. */
    static CorrelationId ofServer(long number) {
        return new ServerId(number);
    }

    /** Whether it names no sequence. */
    default boolean isNone() {
        return equals(none());
    }

    /** An unsigned number; 0 for none. */
    record NumberId(long value) implements CorrelationId {
        private static final NumberId NONE = new NumberId(0);

        /** In decimal digits. */
        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /** An unsigned number that the server has chosen for a request whose client named no sequence. */
    record ServerId(long value) implements CorrelationId {
        /** In decimal digits. */
        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /** Any text that is not empty. */
    record TextId(String value) implements CorrelationId {
        @Override
        public String toString() {
            return value;
        }
    }
}
