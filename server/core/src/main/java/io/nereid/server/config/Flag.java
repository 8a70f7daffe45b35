package io.nereid.server.config;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * One flag of the command line.
 *
 * @param name without the leading dashes
 * @param alias a second name, empty for none
 * @param defaultText what holds when the flag is not given, as one would write it; empty for nothing
 * @param repeatable whether every occurrence counts; otherwise the last one does
 * @param doc one or two sentences for {@code --help}
 */
public record Flag<T>(
        String name,
        String alias,
        FlagGroup group,
        ValueType<T> type,
        String defaultText,
        boolean repeatable,
        Treatment treatment,
        String doc) {

    /** One that does what it says. */
    public static <T> Flag<T> of(FlagGroup group, String name, ValueType<T> type, String byDefault, String doc) {
        return new Flag<>(name, "", group, type, byDefault, false, new Treatment.Applied(), doc);
    }

    /**
     * One of a feature that is not built, without which the server gives the same answers.
     *
     * @param feature as the subject of "... is not built"
     * @param off values that ask for nothing
     */
    public static <T> Flag<T> noEffect(FlagGroup group, String name, ValueType<T> type, String byDefault,
            String feature, String doc, String... off) {
        Treatment treatment = new Treatment.NoEffectYet(feature, Set.of(off));
        return new Flag<>(name, "", group, type, byDefault, false, treatment, doc);
    }

    /**
     * One of a feature that is not built, and that the server does not start without.
     *
     * @param feature as the subject of "... is not built"
     * @param off values that ask for nothing
     */
    public static <T> Flag<T> refused(FlagGroup group, String name, ValueType<T> type, String byDefault,
            String feature, String doc, String... off) {
        Treatment treatment = new Treatment.Refused(feature, Set.of(off));
        return new Flag<>(name, "", group, type, byDefault, false, treatment, doc);
    }

    /** A command line has one flag of a name. What a record does by itself would cost every start ten milliseconds. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Flag<?> flag && name.equals(flag.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** The name as it is typed. */
    public String option() {
        return "--" + name;
    }

    /**
     * The value of a text.
     *
     * @throws UsageException where it is malformed or out of range
     */
    public T read(String text) throws UsageException {
        T value = type.reader().apply(text);
        if (value == null) {
            throw new UsageException(type.problem(option(), text) + (defaultText.isEmpty() ? ""
                    : "; the default is " + defaultText));
        }
        return value;
    }

    /** Whether it is a boolean, which may be given without its value. */
    public boolean isBoolean() {
        return type.label().equals(ValueType.BOOL.label());
    }

    /** Whether it takes no value. */
    public boolean isSwitch() {
        return type.label().isEmpty();
    }

    public Flag<T> orAs(String secondName) {
        return new Flag<>(name, secondName, group, type, defaultText, repeatable, treatment, doc);
    }

    public Flag<T> repeated() {
        return new Flag<>(name, alias, group, type, defaultText, true, treatment, doc);
    }
}
