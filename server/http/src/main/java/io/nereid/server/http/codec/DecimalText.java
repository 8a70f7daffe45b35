package io.nereid.server.http.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A number of a JSON text written again with fewer digits, for the few whose value takes more than 64 bits of them to
 * round. Stateless.
 */
final class DecimalText {
    private DecimalText() {}

    /**
     * The number at {@code start}, which is valid and not 0, without its sign, written with at most {@code limit}
     * significant digits: where it has more, a last digit 1 stands for the rest, which rounds the same way as long as
     * {@code limit} is more than any midpoint between two doubles needs.
     */
    static String of(MemorySegment text, long start, long end, int limit) {
        StringBuilder decimal = new StringBuilder(32);
        long scale = 0;
        boolean rest = false;
        boolean fraction = false;
        for (long at = text.get(ValueLayout.JAVA_BYTE, start) == '-' ? start + 1 : start; at < end; at++) {
            int character = text.get(ValueLayout.JAVA_BYTE, at);
            if (character == '.') {
                fraction = true;
            } else if (!isDigit(character)) {
                break;
            } else if (decimal.length() < limit) {
                scale -= fraction ? 1 : 0;
                if (character != '0' || !decimal.isEmpty()) {
                    decimal.append((char) character);
                }
            } else {
                scale += fraction ? 0 : 1;
                rest |= character != '0';
            }
        }
        if (rest) {
            decimal.append('1');
            scale--;
        }
        return decimal.append('e').append(scale + exponent(text, start, end)).toString();
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    /** The exponent as it is written behind the e, or 0. */
    private static long exponent(MemorySegment text, long start, long end) {
        for (long at = start; at < end; at++) {
            if ((text.get(ValueLayout.JAVA_BYTE, at) | 0x20) == 'e') {
                boolean down = text.get(ValueLayout.JAVA_BYTE, at + 1) == '-';
                boolean signed = down || text.get(ValueLayout.JAVA_BYTE, at + 1) == '+';
                long value = 0;
                for (long digit = signed ? at + 2 : at + 1; digit < end; digit++) {
                    value = Math.min(JsonNumber.EXPONENT_CAP,
                            value * 10 + text.get(ValueLayout.JAVA_BYTE, digit) - '0');
                }
                return down ? -value : value;
            }
        }
        return 0;
    }
}
