package io.nereid.server.http.codec;

/**
 * Writes doubles as Triton's clients see them: the shortest decimal, with a point or an exponent always, with an
 * exponent from 10^21 on and below 10^-6. One object serves all numbers of a response.
 */
final class DoubleText {
    /** More bytes than any number takes, those included that are only written to be overwritten. */
    static final int SPACE = 48;
    private static final int LONGEST_INTEGER = 21;
    private static final int LEAST_WITHOUT_EXPONENT = -6;
    private static final long LESS_THAN_ONE = DecimalDigits.characters("0.000000");
    private static final long ZEROS = DecimalDigits.characters("00000000");

    private final ShortestDecimal shortest = new ShortestDecimal();

    /**
     * Writes a finite double that is not zero.
     *
     * @param at where in {@code out}, which must have {@link #SPACE} from there on
     * @return the index behind it
     */
    int write(double value, byte[] out, int at) {
        out[at] = '-';
        shortest.convert(Math.abs(value));
        int from = at + (int) (Double.doubleToRawLongBits(value) >>> 63); // overwrites the minus if it is positive
        return layOut(shortest.digits(), shortest.point(), out, from);
    }

    private static int layOut(long digits, int point, byte[] out, int at) {
        if (point > LEAST_WITHOUT_EXPONENT && point <= 1) {
            return putSmall(digits, point, out, at);
        }
        if (point > 1 && point <= LONGEST_INTEGER) {
            int length = putPointed(digits, point, out, at);
            return length > point ? at + length + 1 : endInteger(out, at + point);
        }
        int length = putPointed(digits, 1, out, at);
        return exponent(point - 1, out, length == 1 ? at + 1 : at + length + 1);
    }

    /**
     * Puts digits of which one at most is in front of the point. Which of the numbers around 1 are below it can not be guessed:
     * so there is no branch, only different places for the first digit and the others.
     */
    private static int putSmall(long digits, int point, byte[] out, int at) {
        DecimalDigits.EIGHT_BYTES.set(out, at, LESS_THAN_ONE);
        int others = at + 3 - point;
        int length = DecimalDigits.putFull(digits, out, others - 1 - Math.max(point, 0), others);
        return others + Math.max(length - 1, point); // a zero behind the point, if nothing else
    }

    /** Puts the digits with a point behind so many of them; returns how many digits are left without zeros. */
    private static int putPointed(long digits, int point, byte[] out, int at) {
        int length = DecimalDigits.putFull(digits, out, at + 1, at + 2);
        if (point > DecimalDigits.FULL) {
            DecimalDigits.EIGHT_BYTES.set(out, at + 1 + DecimalDigits.FULL, ZEROS);
        }
        for (int i = at; i < at + point; i++) {
            out[i] = out[i + 1];
        }
        out[at + point] = '.';
        return length;
    }

    private static int endInteger(byte[] out, int pointAt) {
        out[pointAt + 1] = '0';
        return pointAt + 2;
    }

    private static int exponent(int value, byte[] out, int at) {
        out[at] = 'e';
        if (value >= 0) {
            return DecimalDigits.putUnsigned(value, out, at + 1);
        }
        out[at + 1] = '-';
        return DecimalDigits.putUnsigned(-value, out, at + 2);
    }
}
