package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Turns the words of the text format into the values of scalar fields. */
final class ScalarText {

    private ScalarText() {}

    /**
     * The value of a field, as {@link MessageNode.Value} holds it.
     *
     * @param negative whether a minus sign stood before the word
     * @return null if the word is no value of the field's type
     */
    static @Nullable Object read(FieldDescriptor field, Token word, boolean negative) {
        if (negative && (word.kind() == Token.Kind.STRING || !isNumeric(field.getType()))) {
            return null;
        }
        return switch (field.getType()) {
            case STRING -> word.kind() == Token.Kind.STRING ? word.text() : null;
            case BOOL -> bool(word);
            case ENUM -> enumNumber(field.getEnumType(), word, negative);
            case FLOAT, DOUBLE -> floating(word, negative);
            case INT32 -> integer(word, negative, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case UINT32 -> integer(word, negative, 0, 0xFFFF_FFFFL);
            case INT64 -> integer(word, negative, Long.MIN_VALUE, Long.MAX_VALUE);
            case UINT64 -> negative ? null : magnitude(word);
            case MESSAGE -> null;
            default -> throw Schema.unsupported(field);
        };
    }

    private static boolean isNumeric(FieldDescriptor.Type kind) {
        return kind != FieldDescriptor.Type.STRING && kind != FieldDescriptor.Type.BOOL;
    }

    private static @Nullable Boolean bool(Token word) {
        if (word.kind() == Token.Kind.NUMBER) {
            Long number = integer(word, false, 0, 1);
            return number == null ? null : Boolean.valueOf(number == 1);
        }
        if (word.kind() != Token.Kind.IDENTIFIER) {
            return null;
        }
        return switch (word.text()) {
            case "true", "True", "t" -> Boolean.TRUE;
            case "false", "False", "f" -> Boolean.FALSE;
            default -> null;
        };
    }

    private static @Nullable Long enumNumber(EnumDescriptor type, Token word, boolean negative) {
        if (word.kind() == Token.Kind.NUMBER) {
            Long number = integer(word, negative, Integer.MIN_VALUE, Integer.MAX_VALUE);
            return number == null || !Schema.allows(type, number) ? null : number;
        }
        return word.kind() == Token.Kind.IDENTIFIER && !negative ? Schema.number(type, word.text()) : null;
    }

    private static @Nullable Double floating(Token word, boolean negative) {
        Double value = switch (word.kind()) {
            case IDENTIFIER -> switch (word.text().toLowerCase(Locale.ROOT)) {
                case "inf", "infinity" -> Double.POSITIVE_INFINITY;
                case "nan" -> Double.NaN;
                default -> null;
            };
            case NUMBER -> decimal(word.text());
            default -> null;
        };
        return value == null ? null : negative ? Double.valueOf(-value) : value;
    }

    private static @Nullable Double decimal(String text) {
        boolean suffixed = text.endsWith("f") || text.endsWith("F");
        String digits = suffixed ? text.substring(0, text.length() - 1) : text;
        try {
            // Java would take 1d, 08 and 0x1p3, which the format does not know
            boolean otherBase = digits.length() > 1 && digits.charAt(0) == '0'
                    && Character.isLetterOrDigit(digits.charAt(1)) && Character.toLowerCase(digits.charAt(1)) != 'e';
            return digits.isEmpty() || otherBase
                    || Character.isLetter(digits.charAt(digits.length() - 1)) ? null : Double.valueOf(digits);
        } catch (NumberFormatException _) {
            return null;
        }
    }

    private static @Nullable Long integer(Token word, boolean negative, long min, long max) {
        Long magnitude = magnitude(word);
        if (magnitude == null) {
            return null;
        }
        if (negative) {
            // the magnitude of Long.MIN_VALUE is the one that has no positive long; as bits it is its own negative
            boolean fits = magnitude >= 0 || magnitude == Long.MIN_VALUE;
            return fits && -magnitude >= min && -magnitude <= 0 ? Long.valueOf(-magnitude) : null;
        }
        return magnitude >= 0 && magnitude <= max ? magnitude : null;
    }

    /** The number as 64 unsigned bits: decimal, 0x hexadecimal or 0 octal. */
    private static @Nullable Long magnitude(Token word) {
        if (word.kind() != Token.Kind.NUMBER) {
            return null;
        }
        String text = word.text();
        try {
            if (text.startsWith("0x") || text.startsWith("0X")) {
                return Long.parseUnsignedLong(text, 2, text.length(), 16);
            }
            boolean octal = text.length() > 1 && text.charAt(0) == '0';
            return Long.parseUnsignedLong(text, octal ? 8 : 10);
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
