package io.nereid.server.tracing;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a client wants to have changed of trace settings: each is kept, cleared or set. Immutable. */
public record TraceSettingsUpdate(Change<Set<TraceLevel>> levels, Change<Long> rate, Change<Integer> count,
        Change<Integer> logFrequency) {
    /** The names of the settings on the wire. */
    public static final String LEVEL = "trace_level";
    public static final String RATE = "trace_rate";
    public static final String COUNT = "trace_count";
    public static final String LOG_FREQUENCY = "log_frequency";
    public static final String FILE = "trace_file";
    public static final String MODE = "trace_mode";

    /** Nothing changes. */
    public static final TraceSettingsUpdate NONE = new TraceSettingsUpdate(new Change.Keep<>(), new Change.Keep<>(),
            new Change.Keep<>(), new Change.Keep<>());

    private static final long MOST_RATE = 0xffff_ffffL;

    /** What is to become of one setting. */
    public sealed interface Change<T> {
        /** It stays as it is. */
        record Keep<T>() implements Change<T> {}

        /** It follows the global setting, or for that one what the server was started with. */
        record Clear<T>() implements Change<T> {}

        /** It has a value of its own. */
        record Set<T>(T value) implements Change<T> {}
    }

    /** Whether nothing is to change. */
    public boolean isEmpty() {
        return equals(NONE);
    }

    /** The same with one setting cleared; of an unknown name the same. */
    public TraceSettingsUpdate clear(String name) {
        return switch (name) {
            case LEVEL -> new TraceSettingsUpdate(new Change.Clear<>(), rate, count, logFrequency);
            case RATE -> new TraceSettingsUpdate(levels, new Change.Clear<>(), count, logFrequency);
            case COUNT -> new TraceSettingsUpdate(levels, rate, new Change.Clear<>(), logFrequency);
            case LOG_FREQUENCY -> new TraceSettingsUpdate(levels, rate, count, new Change.Clear<>());
            default -> this;
        };
    }

    /**
     * The same with these levels; those of an unknown name are left out, as Triton does, and if none is left nothing
     * changes.
     *
     * @throws InferenceException INVALID_ARG if {@code OFF} is not alone
     */
    public TraceSettingsUpdate withLevels(List<String> names) throws InferenceException {
        if (names.contains(TraceLevel.OFF) && names.size() > 1) {
            throw invalid("Expect only one trace level 'OFF' is specified");
        }
        List<TraceLevel> known = new ArrayList<>();
        for (TraceLevel level : TraceLevel.values()) {
            if (names.contains(level.name())) {
                known.add(level);
            }
        }
        if (known.isEmpty() && !names.contains(TraceLevel.OFF)) {
            return this;
        }
        Set<TraceLevel> all = known.isEmpty() ? Set.of() : EnumSet.copyOf(known);
        return new TraceSettingsUpdate(new Change.Set<>(Set.copyOf(all)), rate, count, logFrequency);
    }

    /**
     * The same with a number; of an unknown name the same.
     *
     * @throws InferenceException INVALID_ARG if the text is no number, or one out of range
     */
    public TraceSettingsUpdate with(String name, String text) throws InferenceException {
        return switch (name) {
            case RATE -> new TraceSettingsUpdate(levels, new Change.Set<>(number(name, text, 0, MOST_RATE)), count,
                    logFrequency);
            case COUNT -> new TraceSettingsUpdate(levels, rate, new Change.Set<>(count(text)), logFrequency);
            case LOG_FREQUENCY -> new TraceSettingsUpdate(levels, rate, count,
                    new Change.Set<>((int) number(name, text, 0, Integer.MAX_VALUE)));
            default -> this;
        };
    }

    private static int count(String text) throws InferenceException {
        int value = (int) number(COUNT, text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (value < TraceSettings.UNLIMITED) {
            throw invalid("Unable to parse '" + COUNT + "'. Expecting value >= " + TraceSettings.UNLIMITED + ", got:"
                    + text);
        }
        return value;
    }

    private static long number(String name, String text, long least, long most) throws InferenceException {
        if (!text.strip().matches("[+-]?\\d+")) {
            throw invalid("Unable to parse '" + name + "', got: " + text);
        }
        try {
            long value = Long.parseLong(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException _) {
            // more digits than any number has that would do
        }
        throw invalid("Unable to parse '" + name + "', value is out of range [ " + least + ", " + most + " ], got: "
                + text);
    }

    /** What a client is told that would like to have another file. */
    public static InferenceException fileIsFixed() {
        return new InferenceException(ErrorCode.UNSUPPORTED,
                "trace file location can not be updated through network protocol");
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
