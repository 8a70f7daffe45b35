package io.nereid.perf.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The arguments, each flag with its values, which follow it, an equals sign, or its letter. Immutable. */
final class PerfArguments {
    private final Map<PerfFlag, List<String>> values = new EnumMap<>(PerfFlag.class);

    private PerfArguments() {}

    /** Reads what the user wrote. */
    static PerfArguments parse(List<String> arguments) throws UsageException {
        PerfArguments parsed = new PerfArguments();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            parsed.add(rest.next(), rest);
        }
        return parsed;
    }

    private void add(String argument, Iterator<String> rest) throws UsageException {
        Optional<PerfFlag> found;
        Optional<String> attached = Optional.empty();
        if (argument.startsWith("--")) {
            int equals = argument.indexOf('=');
            found = PerfFlag.ofWord(equals < 0 ? argument.substring(2) : argument.substring(2, equals));
            attached = equals < 0 ? attached : Optional.of(argument.substring(equals + 1));
        } else if (argument.length() > 1 && argument.startsWith("-")) {
            found = PerfFlag.ofLetter(argument.substring(1, 2));
            attached = argument.length() == 2 ? attached : Optional.of(argument.substring(2));
        } else {
            throw new UsageException("unexpected argument '" + argument + "'; a model is given as -m " + argument);
        }
        PerfFlag flag = found.orElseThrow(() -> new UsageException("unknown flag " + argument));
        switch (flag.kind()) {
            case REFUSED -> throw new UsageException(flag.option() + " of perf_analyzer is not built here");
            case SWITCH, NO_EFFECT -> addSwitch(flag, attached);
            case VALUE, VALUES -> addValue(flag, attached, rest);
        }
    }

    private void addSwitch(PerfFlag flag, Optional<String> attached) throws UsageException {
        if (attached.isPresent()) {
            throw new UsageException(flag.option() + ": got '" + attached.get() + "' (expected no value)");
        }
        values.put(flag, List.of());
    }

    private void addValue(PerfFlag flag, Optional<String> attached, Iterator<String> rest) throws UsageException {
        if (attached.isEmpty() && !rest.hasNext()) {
            throw new UsageException(flag.option() + ": got no value");
        }
        String value = attached.isPresent() ? attached.get() : rest.next();
        List<String> earlier = values.computeIfAbsent(flag, _ -> new ArrayList<>());
        if (flag.kind() == PerfFlag.Kind.VALUE && !earlier.isEmpty()) {
            throw new UsageException(flag.option() + ": got it twice (expected once)");
        }
        earlier.add(value);
    }

    boolean has(PerfFlag flag) {
        return values.containsKey(flag);
    }

    /** All values of a flag, in their order. */
    List<String> all(PerfFlag flag) {
        return List.copyOf(values.getOrDefault(flag, List.of()));
    }

    Optional<String> text(PerfFlag flag) {
        return all(flag).stream().findFirst();
    }

    /** A whole number. */
    int number(PerfFlag flag, int least, int byDefault) throws UsageException {
        Optional<String> text = text(flag);
        if (text.isEmpty()) {
            return byDefault;
        }
        if (!text.get().matches("[0-9]{1,9}") || Integer.parseInt(text.get()) < least) {
            throw new UsageException(
                    flag.option() + ": got '" + text.get() + "' (expected a whole number, at least " + least + ")");
        }
        return Integer.parseInt(text.get());
    }

    /** A number within these, without them where they are excluded. */
    OptionalDouble decimal(PerfFlag flag, double least, double most) throws UsageException {
        Optional<String> text = text(flag);
        if (text.isEmpty()) {
            return OptionalDouble.empty();
        }
        double value = text.get().matches("[0-9]+(\\.[0-9]*)?|\\.[0-9]+") ? Double.parseDouble(text.get()) : Double.NaN;
        if (!(value >= least && value <= most)) {
            String range = most == Double.MAX_VALUE ? "a number, at least " + least
                    : "a number from " + least + " to " + most;
            throw new UsageException(flag.option() + ": got '" + text.get() + "' (expected " + range + ")");
        }
        return OptionalDouble.of(value);
    }

    /** One of the names of an enumeration, in any case; the first by default. */
    <E extends Enum<E>> E choice(PerfFlag flag, List<E> choices) throws UsageException {
        String text = text(flag).orElse(choices.getFirst().name());
        for (E choice : choices) {
            if (choice.name().equalsIgnoreCase(text)) {
                return choice;
            }
        }
        List<String> names = choices.stream().map(choice -> choice.name().toLowerCase(Locale.ROOT)).toList();
        throw new UsageException(
                flag.option() + ": got '" + text + "' (expected " + String.join(" or ", names) + ")");
    }
}
