package io.nereid.modelrepo.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;

/**
 * Turns the tokens of JSON into the values of scalar fields, and says what was expected where that fails. Stateless.
 */
final class JsonScalar {
    /** The digits that a uint64 has. */
    private static final int MAX_DIGITS = 20;
    private static final int MAX_NUMBER_CHARS = 1_000;
    private static final int SHOWN_CHARS = 80;

    private JsonScalar() {}

    /**
     * The value of a field, as {@link MessageNode.Value} holds it, out of the token that the parser stands at.
     *
     * @return null if the token is no value of the field's type
     */
    static @Nullable Object read(FieldDescriptor field, JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        return switch (field.getType()) {
            case STRING -> token == JsonToken.VALUE_STRING ? wellFormed(json.getText()) : null;
            case BOOL -> token.isBoolean() ? Boolean.valueOf(json.getBooleanValue()) : null;
            case MESSAGE -> null;
            case ENUM -> token == JsonToken.VALUE_STRING ? enumNumber(field.getEnumType(), json.getText())
                    : token.isNumeric() ? knownNumber(field.getEnumType(), json.getText()) : null;
            default -> token.isNumeric() || token == JsonToken.VALUE_STRING ? number(field, json.getText()) : null;
        };
    }

    /** The key of an entry of a map: always a string in JSON, whatever its type is. */
    static @Nullable Object readKey(FieldDescriptor field, String key) {
        return field.getType() == FieldDescriptor.Type.STRING ? wellFormed(key) : number(field, key);
    }

    private static @Nullable String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (Character.isSurrogate(c) && !pair) {
                return null;
            }
            i += pair ? 1 : 0;
        }
        return text;
    }

    private static @Nullable Long enumNumber(EnumDescriptor type, String name) {
        return Schema.number(type, name.toUpperCase(Locale.ROOT));
    }

    private static @Nullable Long knownNumber(EnumDescriptor type, String digits) {
        Long number = integer(digits, Integer.MIN_VALUE, BigInteger.valueOf(Integer.MAX_VALUE));
        return number == null || !Schema.allows(type, number) ? null : number;
    }

    private static @Nullable Object number(FieldDescriptor field, String text) {
        return switch (field.getType()) {
            case INT32 -> integer(text, Integer.MIN_VALUE, BigInteger.valueOf(Integer.MAX_VALUE));
            case UINT32 -> integer(text, 0, BigInteger.valueOf(0xFFFF_FFFFL));
            case INT64 -> integer(text, Long.MIN_VALUE, BigInteger.valueOf(Long.MAX_VALUE));
            case UINT64 -> integer(text, 0, BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
            case FLOAT -> decimal(text, true);
            case DOUBLE -> decimal(text, false);
            default -> null;
        };
    }

    /** A whole number, also if it is written as {@code 1e3} or {@code 2.0}; its lowest 64 bits. */
    private static @Nullable Long integer(String text, long min, BigInteger max) {
        BigDecimal number = exact(text);
        if (number == null || number.signum() == 0) {
            return number == null ? null : Long.valueOf(0);
        }
        // before any conversion, which would write out as many digits as the exponent says
        int digits = number.precision() - number.scale();
        if (digits <= 0 || digits > MAX_DIGITS) {
            return null;
        }
        try {
            BigInteger whole = number.toBigIntegerExact();
            return whole.compareTo(BigInteger.valueOf(min)) >= 0 && whole.compareTo(max) <= 0 ? whole.longValue()
                    : null;
        } catch (ArithmeticException _) {
            return null;
        }
    }

    private static @Nullable BigDecimal exact(String text) {
        try {
            return text.length() > MAX_NUMBER_CHARS || text.startsWith("+") ? null : new BigDecimal(text);
        } catch (NumberFormatException _) {
            return null;
        }
    }

    private static @Nullable Double decimal(String text, boolean single) {
        Double named = Map.of("NaN", Double.NaN, "Infinity", Double.POSITIVE_INFINITY, "-Infinity",
                Double.NEGATIVE_INFINITY).get(text);
        BigDecimal number = named == null ? exact(text) : null;
        if (number == null) {
            return named;
        }
        double value = Double.parseDouble(text);
        boolean fits = single ? Float.isFinite((float) value) : Double.isFinite(value);
        return fits ? Double.valueOf(value) : null;
    }

    /** What is wrong with the token that the parser stands at. */
    static String wrongValue(FieldDescriptor field, JsonParser json) throws IOException {
        if (field.getType() == FieldDescriptor.Type.ENUM && json.currentToken() == JsonToken.VALUE_STRING) {
            String word = shortened(json.getText());
            return "unknown value '" + word + "' for '" + field.getName() + "'"
                    + NearestName.hint(word, Schema.valueNames(field.getEnumType()));
        }
        if (field.getType() == FieldDescriptor.Type.STRING && json.currentToken() == JsonToken.VALUE_STRING) {
            return "the string for '" + field.getName() + "' is not valid Unicode";
        }
        return "expected " + expected(field) + " for '" + field.getName() + "', got " + description(json);
    }

    /** How an error text calls what a field takes. */
    static String expected(FieldDescriptor field) {
        return switch (field.getType()) {
            case STRING -> "a string";
            case MESSAGE -> "an object";
            default -> Schema.description(field);
        };
    }

    /** How an error text calls the token that the parser stands at. */
    static String description(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "\"" + shortened(json.getText()) + "\"";
            default -> "'" + shortened(json.getText()) + "'";
        };
    }

    static String shortened(String text) {
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    }
}
