package io.nereid.server.cli;

/**
 * One flag of the command line.
 *
 * @param name without the leading dashes
 * @param alias a second name, empty for none
 * @param defaultText what holds when the flag is not given, as one would write it; empty for nothing
 * @param repeatable whether every occurrence counts; otherwise the last one does
 * @param doc one or two sentences for {@code --help}
 */
record Flag<T>(
        String name,
        String alias,
        FlagGroup group,
        ValueType<T> type,
        String defaultText,
        boolean repeatable,
        Treatment treatment,
        String doc) {

    /** The name as it is typed. */
    String option() {
        return "--" + name;
    }

    /**
     * The value of a text.
     *
     * @throws UsageException where it is malformed or out of range
     */
    T read(String text) throws UsageException {
        T value = type.reader().apply(text);
        if (value == null) {
            throw new UsageException(type.problem(option(), text) + (defaultText.isEmpty() ? ""
                    : "; the default is " + defaultText));
        }
        return value;
    }

    /** Whether it is a boolean, which may be given without its value. */
    boolean isBoolean() {
        return type.equals(ValueType.BOOL);
    }

    /** Whether it takes no value. */
    boolean isSwitch() {
        return type.label().isEmpty();
    }

    Flag<T> orAs(String secondName) {
        return new Flag<>(name, secondName, group, type, defaultText, repeatable, treatment, doc);
    }

    Flag<T> repeated() {
        return new Flag<>(name, alias, group, type, defaultText, true, treatment, doc);
    }
}
