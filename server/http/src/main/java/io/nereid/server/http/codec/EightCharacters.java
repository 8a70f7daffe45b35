package io.nereid.server.http.codec;

import io.nereid.inference.ElementLayout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Eight characters of a JSON text looked at at once, the first in the lowest byte (Lemire, "Number parsing at a gigabyte
 * per second", 2021). A {@code long} from {@link #at} holds what the characters differ by from the digit 0: the value of
 * each digit, and more than 9 for anything else. Stateless.
 */
final class EightCharacters {
    private static final ValueLayout.OfLong EIGHT_BYTES = ElementLayout.LONG;
    private static final long EIGHT_ZEROS = 0x3030303030303030L;

    private EightCharacters() {}

    /** The eight characters from {@code offset} on. */
    static long at(MemorySegment text, long offset) {
        return text.get(EIGHT_BYTES, offset) ^ EIGHT_ZEROS;
    }

    /** How many are digits, from the first on. */
    static int digitsAhead(long eight) {
        return Long.numberOfTrailingZeros(othersThanDigits(eight)) >>> 3;
    }

    /** How many are zeros, from the first on. */
    static int zerosAhead(long eight) {
        return Long.numberOfTrailingZeros(eight) >>> 3;
    }

    /** Whether all are digits. */
    static boolean areDigits(long eight) {
        return othersThanDigits(eight) == 0;
    }

    /**
     * The highest bits of the characters that are no digits, up to the first of them at least: adding 0x76 to more
     * than 9 reaches it.
     */
    private static long othersThanDigits(long eight) {
        return ((eight + 0x7676767676767676L) | eight) & 0x8080808080808080L;
    }

    /** The value of the first {@code count} digits, at most seven. */
    static long valueOf(long eight, int count) {
        return valueOf((eight << (56 - 8 * count)) << 8);
    }

    /** The value of eight digits: neighbours are joined to pairs, fours, eight. */
    static long valueOf(long eight) {
        long pairs = ((eight * (1 + (10L << 8))) >>> 8) & 0x00FF00FF00FF00FFL;
        long fours = ((pairs * (1 + (100L << 16))) >>> 16) & 0x0000FFFF0000FFFFL;
        return (fours * (1 + (10_000L << 32))) >>> 32;
    }
}
