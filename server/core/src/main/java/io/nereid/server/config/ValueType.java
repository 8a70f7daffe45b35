package io.nereid.server.config;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a flag takes: how it is shown in the help, what to say when a value is none of it, and how to read one.
 *
 * @param label stands for the value in the help; empty for a flag that takes no value
 * @param expected finishes the sentence "got X, expected ..."
 * @param reader the value of a text, null where it is malformed or out of range
 * @param isSecret whether a value must not be repeated in a message
 * @param least the smallest whole number it takes; absent where it takes something else
 */
public record ValueType<T>(String label, String expected, Function<String, @Nullable T> reader, boolean isSecret,
        OptionalLong least) {
    /** One for anything but secrets and numbers. */
    public ValueType(String label, String expected, Function<String, @Nullable T> reader) {
        this(label, expected, reader, false, OptionalLong.empty());
    }

    /** Any text at all. */
    public static final ValueType<String> TEXT = new ValueType<>("<string>", "a text", text -> text);

    /** A text that says something. */
    public static final ValueType<String> NAME = matching("<string>", "a text that is not empty", ".*\\S.*");

    /** Yes or no, as Triton writes it. */
    public static final ValueType<Boolean> BOOL = new ValueType<>("<boolean>", "true, false, on, off, 1 or 0",
            ValueType::bool);

    /** Takes no value: to give it is to say yes. */
    public static final ValueType<Boolean> SWITCH = new ValueType<>("", "no value", ValueType::bool);

    /** A port, 0 to let the system choose. */
    public static final ValueType<Integer> PORT = integer(0, 65535);

    /** {@code KEY=VALUE}. */
    public static final ValueType<String> SETTING = matching("<key>=<value>", "KEY=VALUE", "[^=]+=.*");

    /** A whole number within bounds, both included. */
    public static ValueType<Integer> integer(int least, int most) {
        return new ValueType<>("<integer>", range(least, most), text -> {
            Long value = whole(text, least, most);
            return value == null ? null : value.intValue();
        }, false, OptionalLong.of(least));
    }

    /** A whole number within bounds, both included. */
    public static ValueType<Long> number(long least, long most) {
        return new ValueType<>("<integer>", range(least, most), text -> whole(text, least, most), false,
                OptionalLong.of(least));
    }

    /** How much is logged of the details; {@code true} stands for 1, {@code false} for 0. */
    public static ValueType<Integer> verbosity() {
        ValueType<Integer> level = integer(0, Integer.MAX_VALUE);
        return new ValueType<>(level.label, level.expected, text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> 1;
            case "false" -> 0;
            default -> level.reader.apply(text);
        }, false, level.least);
    }

    /** One of a few words, in any case; the value is the word as it stands here. */
    public static ValueType<String> choice(String... words) {
        List<String> known = List.of(words);
        return new ValueType<>("<" + String.join("|", known) + ">", "one of " + String.join(", ", known),
                text -> known.stream().filter(text::equalsIgnoreCase).findFirst().orElse(null));
    }

    /** The same with more words for some of them. */
    public static ValueType<String> orWords(ValueType<String> choice, Map<String, String> others) {
        return new ValueType<>(choice.label, choice.expected,
                text -> choice.reader.apply(others.getOrDefault(text.toLowerCase(Locale.ROOT), text)));
    }

    /** A text of a form. */
    public static ValueType<String> matching(String label, String expected, String pattern) {
        Pattern compiled = Pattern.compile(pattern, Pattern.DOTALL);
        return new ValueType<>(label, expected, text -> compiled.matcher(text).matches() ? text : null);
    }

    /** The same for values that nobody must read in a log. */
    public ValueType<T> secret() {
        return new ValueType<>(label, expected, reader, true, least);
    }

    /** What is wrong with a text that it does not take, as the value of a flag. */
    public String problem(String option, String text) {
        boolean notPositive = least.equals(OptionalLong.of(1)) && whole(text, Long.MIN_VALUE, 0) != null;
        return (notPositive ? "Error: " + option + " must be greater than 0. Got" : option + ": got")
                + " '%s' (expected %s)".formatted(shown(text), expected);
    }

    /** A value of it as it may stand in a message. */
    public String shown(String text) {
        return isSecret ? "..." : text;
    }

    private static String range(long least, long most) {
        boolean open = most == Integer.MAX_VALUE || most == Long.MAX_VALUE;
        return open ? "a whole number, " + least + " or more" : "a whole number from " + least + " to " + most;
    }

    private static @Nullable Long whole(String text, long least, long most) {
        try {
            long value = Long.parseLong(text);
            return value < least || value > most ? null : value;
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    private static @Nullable Boolean bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on", "1" -> Boolean.TRUE;
            case "false", "off", "0" -> Boolean.FALSE;
            default -> null;
        };
    }
}
