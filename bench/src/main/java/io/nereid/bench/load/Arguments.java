package io.nereid.bench.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A command line of {@code --name=value}. Every method throws an IllegalArgumentException whose text says what was got
 * and what was expected.
 */
public final class Arguments {
    private final Map<String, String> values;

    private Arguments(Map<String, String> values) {
        this.values = values;
    }

    /** Reads the command line; of a name given twice the last value counts. */
    public static Arguments parse(Set<String> names, String... command) {
        Map<String, String> values = new HashMap<>();
        for (String argument : command) {
            int equals = argument.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("got '" + argument + "' (expected --name=value)");
            }
            String name = argument.substring(0, equals);
            if (!names.contains(name)) {
                throw new IllegalArgumentException("got '" + name + "', which is no option");
            }
            values.put(name, argument.substring(equals + 1));
        }
        return new Arguments(values);
    }

    /** The value of this name, if it was given. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The values, separated by commas, each read by {@code reader}. */
    public <T> Optional<List<T>> list(String name, Function<String, T> reader) {
        return text(name).map(value -> Arrays.stream(value.split(",")).map(reader).toList());
    }

    /** Whole numbers separated by commas. */
    public Optional<List<Integer>> numbers(String name, int least, int most) {
        return list(name, value -> number(name, value, least, most));
    }

    /** A whole number, {@code otherwise} where there is none. */
    public int number(String name, int otherwise, int least, int most) {
        return text(name).map(value -> number(name, value, least, most)).orElse(otherwise);
    }

    /** A folder that is there. */
    public Path folder(String name, Path otherwise) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        Path path = Path.of(value.get());
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("%s: '%s' is no folder".formatted(name, value.get()));
        }
        return path;
    }

    private static int number(String name, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException(
                "%s: got '%s' (expected a number from %d to %d)".formatted(name, value, least, most));
    }
}
