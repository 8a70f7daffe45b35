package gourmetgram;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The options of a command, each {@code --name=value}; of one that is given twice the later value holds. Immutable. */
public final class Options {
    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * Reads the arguments of a command.
     *
     * @param known the names that it has, without dashes
     * @throws UsageException for anything else
     */
    public static Options parse(List<String> arguments, Set<String> known) throws UsageException {
        Map<String, String> values = new HashMap<>();
        for (String argument : arguments) {
            int end = argument.indexOf('=');
            String name = argument.startsWith("--") ? argument.substring(2, end < 0 ? argument.length() : end) : "";
            if (!known.contains(name)) {
                throw new UsageException("unknown option '" + argument + "' (expected --"
                        + String.join(", --", known.stream().sorted().toList()) + ", each with =value)");
            }
            if (end < 0) {
                throw new UsageException("--" + name + ": got no value (expected --" + name + "=value)");
            }
            values.put(name, argument.substring(end + 1));
        }
        return new Options(values);
    }

    /** The value of an option, or what holds without it. */
    public String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /**
     * The value of an option that has a few.
     *
     * @param choices the first one holds without the option
     * @throws UsageException if it is none of them
     */
    public String choice(String name, List<String> choices) throws UsageException {
        String value = text(name, choices.getFirst());
        if (!choices.contains(value)) {
            throw new UsageException(
                    "--" + name + ": got '" + value + "' (expected " + String.join(", ", choices) + ")");
        }
        return value;
    }

    /**
     * The value of an option that is a whole number.
     *
     * @throws UsageException if it is none, or outside {@code least..most}
     */
    public int number(String name, int otherwise, int least, int most) throws UsageException {
        String value = text(name, Integer.toString(otherwise));
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new UsageException(
                "--" + name + ": got '" + value + "' (expected a number from " + least + " to " + most + ")");
    }
}
