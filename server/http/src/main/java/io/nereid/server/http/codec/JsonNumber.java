package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The number last read by a {@link JsonScanner}, taken apart into sign, decimal digits and decimal exponent: its
 * value is {@code mantissa * 10^exponent}, and a little more where {@link #truncated()}. One object serves all
 * numbers of a request.
 */
final class JsonNumber {
    /** How many digits always fit into the mantissa. */
    static final int MANTISSA_DIGITS = 19;
    /** The largest unsigned 64-bit integer without its last digit, which is a 5. */
    private static final long LARGEST_TENTH = 1_844_674_407_370_955_161L;
    /** Larger exponents, up or down, are as good as this one. */
    static final long EXPONENT_CAP = 1L << 40;
    /** What {@link #scanPlain} returns of a number that is not plain. */
    static final long NOT_PLAIN = -1;
    /** How many bytes {@link #scanPlain} may read, at most. */
    static final int PLAIN_BYTES = 40;
    private static final int FULL_EIGHTS = 2;

    private MemorySegment text = MemorySegment.NULL;
    private long start;
    private long end;
    /** 1 with a minus sign, else 0: no branch, which could not be predicted. */
    private int minus;
    /** Whether the last one was read by {@link #scanPlain}: then what only others have is clear. */
    private boolean plain;
    private boolean integral;
    private boolean literal;
    private boolean notANumber;
    private long mantissa;
    private int digits;
    private long dropped;
    private int firstDropped;
    private boolean inexact;
    private long exponent;

    /**
     * Reads the number that starts at {@code from} if it is plain, as nearly all are: up to seven digits, perhaps a
     * fraction, no exponent, and all digits fit into the mantissa. It is read by {@link EightCharacters}; anything else,
     * a fault included, is left to {@link #scan}.
     *
     * @param json with {@link #PLAIN_BYTES} from there on
     * @return the offset behind it, or {@link #NOT_PLAIN}
     */
    long scanPlain(MemorySegment json, long from) {
        int sign = isMinus(json.get(ValueLayout.JAVA_BYTE, from));
        long at = from + sign;
        long eight = EightCharacters.at(json, at);
        int count = EightCharacters.digitsAhead(eight);
        long value = eight & 0xF;
        if (count == 1) { // most are small: the processor guesses so, and need not wait for the count
            at++;
        } else if (count == 0 || count == 8 || value == 0) {
            return NOT_PLAIN;
        } else {
            value = EightCharacters.valueOf(eight, count);
            at += count;
        }
        mantissa = value;
        exponent = 0;
        integral = json.get(ValueLayout.JAVA_BYTE, at) != '.';
        if (!integral) {
            at = scanPlainFraction(json, at + 1, MANTISSA_DIGITS - count);
        }
        if (at == NOT_PLAIN || (json.get(ValueLayout.JAVA_BYTE, at) | 0x20) == 'e') {
            return NOT_PLAIN;
        }
        setPlain(json, from, at, sign);
        return at;
    }

    /** Reads a fraction into mantissa and exponent that has so many digits, besides zeros in front of all others. */
    private long scanPlainFraction(MemorySegment json, long from, int digitsLeft) {
        long at = from;
        long value = mantissa;
        long eight = EightCharacters.at(json, at);
        int most = digitsLeft + (value == 0 ? EightCharacters.zerosAhead(eight) : 0);
        for (int i = 0; i < FULL_EIGHTS && EightCharacters.areDigits(eight); i++) {
            value = value * 100_000_000L + EightCharacters.valueOf(eight);
            at += 8;
            eight = EightCharacters.at(json, at);
        }
        int more = EightCharacters.digitsAhead(eight);
        mantissa = value * DecimalDigits.power(more) + EightCharacters.valueOf(eight, more);
        at += more;
        int fraction = (int) (at - from);
        exponent = -fraction;
        return fraction == 0 || fraction > most || more == 8 ? NOT_PLAIN : at;
    }

    private void setPlain(MemorySegment json, long from, long to, int sign) {
        if (!plain) {
            clear();
            plain = true;
        }
        text = json;
        start = from;
        end = to;
        minus = sign;
    }

    private static int isMinus(byte character) {
        return (((character & 0xFF) ^ '-') - 1) >>> 31;
    }

    private void clear() {
        digits = 0;
        dropped = 0;
        inexact = false;
        literal = false;
        notANumber = false;
    }

    /** Reads the number that starts at {@code from}; returns the offset behind it. */
    long scan(MemorySegment json, long from, long to) throws InferenceException {
        clear();
        plain = false;
        mantissa = 0;
        text = json;
        integral = true;
        start = from;
        minus = from < to ? isMinus(json.get(ValueLayout.JAVA_BYTE, from)) : 0;
        long at = from + minus;
        int first = at < to ? json.get(ValueLayout.JAVA_BYTE, at) : 0;
        if (first == '0') {
            at++;
        } else if (isDigit(first)) {
            at = scanDigits(at, to);
        } else {
            end = scanLiteral(first, at, to);
            return end;
        }
        exponent = dropped;
        if (at < to && json.get(ValueLayout.JAVA_BYTE, at) == '.') {
            at = scanFraction(at + 1, to);
        }
        if (at < to && (json.get(ValueLayout.JAVA_BYTE, at) | 0x20) == 'e') {
            at = scanExponent(at + 1, to);
        }
        end = at;
        return at;
    }

    private long scanFraction(long from, long to) throws InferenceException {
        integral = false;
        long droppedBefore = dropped;
        long at = scanDigits(from, to);
        if (at == from) {
            throw JsonSyntax.MISSING_FRACTION.at(at);
        }
        exponent -= at - from - (dropped - droppedBefore);
        return at;
    }

    private long scanDigits(long from, long to) {
        long at = mantissa == 0 ? skipZeros(from, to) : from;
        // locals: a field would be written for every digit
        long value = mantissa;
        int count = digits;
        while (count + 8 <= MANTISSA_DIGITS && to - at >= 8) {
            long eight = EightCharacters.at(text, at);
            if (!EightCharacters.areDigits(eight)) {
                break;
            }
            value = value * 100_000_000L + EightCharacters.valueOf(eight);
            count += 8;
            at += 8;
        }
        while (at < to && count < MANTISSA_DIGITS && isDigit(text.get(ValueLayout.JAVA_BYTE, at))) {
            value = value * 10 + text.get(ValueLayout.JAVA_BYTE, at) - '0';
            count++;
            at++;
        }
        mantissa = value;
        digits = count;
        return count < MANTISSA_DIGITS ? at : dropDigits(at, to);
    }

    private long dropDigits(long from, long to) {
        long at = from;
        for (; at < to && isDigit(text.get(ValueLayout.JAVA_BYTE, at)); at++) {
            drop(text.get(ValueLayout.JAVA_BYTE, at) - '0');
        }
        return at;
    }

    private long skipZeros(long from, long to) {
        long at = from;
        while (at < to && text.get(ValueLayout.JAVA_BYTE, at) == '0') {
            at++;
        }
        return at;
    }

    private void drop(int digit) {
        if (dropped++ == 0) {
            firstDropped = digit;
        }
        inexact |= digit != 0;
    }

    private long scanExponent(long from, long to) throws InferenceException {
        integral = false;
        long at = from;
        boolean down = false;
        if (at < to && (text.get(ValueLayout.JAVA_BYTE, at) == '-' || text.get(ValueLayout.JAVA_BYTE, at) == '+')) {
            down = text.get(ValueLayout.JAVA_BYTE, at) == '-';
            at++;
        }
        long digitsFrom = at;
        long value = 0;
        for (; at < to && isDigit(text.get(ValueLayout.JAVA_BYTE, at)); at++) {
            value = Math.min(EXPONENT_CAP, value * 10 + text.get(ValueLayout.JAVA_BYTE, at) - '0');
        }
        if (at == digitsFrom) {
            throw JsonSyntax.MISSING_EXPONENT.at(at);
        }
        exponent += down ? -value : value;
        return at;
    }

    private long scanLiteral(int first, long from, long to) throws InferenceException {
        literal = true;
        integral = false;
        if (first == 'N') {
            notANumber = true;
            return expect("NaN", from, to);
        }
        if (first != 'I') {
            throw JsonSyntax.VALUE_INVALID.at(from);
        }
        long at = expect("Inf", from, to);
        return at < to && text.get(ValueLayout.JAVA_BYTE, at) == 'i' ? expect("inity", at, to) : at;
    }

    private long expect(String word, long from, long to) throws InferenceException {
        for (int i = 0; i < word.length(); i++) {
            if (from + i >= to || text.get(ValueLayout.JAVA_BYTE, from + i) != word.charAt(i)) {
                throw JsonSyntax.VALUE_INVALID.at(from + i);
            }
        }
        return from + word.length();
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    /** Where the number starts in the JSON. */
    long start() {
        return start;
    }

    /** Whether it starts with a minus sign. */
    boolean negative() {
        return minus != 0;
    }

    /** Whether it is NaN or an infinity. */
    boolean literal() {
        return literal;
    }

    /** What a literal stands for, without regard to an integer type. */
    double literalValue() {
        return notANumber ? Double.NaN : minus != 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }

    /** Its magnitude with its sign. */
    float signed(float magnitude) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) | (minus << 31));
    }

    /** Its first 19 significant digits as an unsigned integer. */
    long mantissa() {
        return mantissa;
    }

    /** The power of ten that the mantissa is multiplied by. */
    long exponent() {
        return exponent;
    }

    /** Whether digits other than 0 follow those of the mantissa. */
    boolean truncated() {
        return inexact;
    }

    /** Whether it is written without fraction and exponent and fits into an unsigned 64-bit integer. */
    boolean isUnsigned() {
        return integral && fits64() && (minus == 0 || mantissa == 0);
    }

    /** Whether it is written without fraction and exponent and fits into a signed 64-bit integer. */
    boolean isSigned() {
        long magnitude = integerBits();
        return integral && fits64() && (magnitude >= 0 || (minus != 0 && magnitude == Long.MIN_VALUE));
    }

    private boolean fits64() {
        if (dropped == 0) {
            return true;
        }
        int beyond = Long.compareUnsigned(mantissa, LARGEST_TENTH);
        return dropped == 1 && (beyond < 0 || (beyond == 0 && firstDropped <= 5));
    }

    private long integerBits() {
        return dropped == 0 ? mantissa : mantissa * 10 + firstDropped;
    }

    /** The integer modulo 2^64; only for one that {@link #isUnsigned} or {@link #isSigned}. */
    long toLong() {
        return minus != 0 ? -integerBits() : integerBits();
    }

    /** The number, which is not 0 and no literal, without its sign, as {@link DecimalText} writes it. */
    String decimalText(int limit) {
        return DecimalText.of(text, start, end, limit);
    }
}
