package io.nereid.server.cli;

import io.nereid.modelrepo.config.NearestName;
import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Optional;

/**
 * Reads arguments by the table of flags. A name may be cut short as long as it stands for one flag only; a value may
 * follow {@code =} or a space, and of a boolean may be left out for true; of a flag that is given twice the last value
 * counts unless the flag is repeatable. Written by hand because a command line library took longer to start than the
 * rest of the parsing and the help together (docs/decisions/0003).
 */
final class CommandLineParser {
    private static final Map<String, Flag<?>> BY_NAME = byName();

    private CommandLineParser() {}

    /**
     * The arguments as values of flags.
     *
     * @throws UsageException at the first argument that is no flag, has no value or a bad one, or asks for what is not
     *     built
     */
    static FlagValues parse(List<String> arguments) throws UsageException {
        Map<Flag<?>, List<String>> texts = new LinkedHashMap<>();
        ListIterator<String> rest = arguments.listIterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            Flag<?> flag = flag(argument);
            String value = equals < 0 ? next(flag, rest) : argument.substring(equals + 1);
            texts.computeIfAbsent(flag, _ -> new ArrayList<>()).add(value);
        }
        return FlagValues.of(texts);
    }

    /** Whether an argument asks for a flag, by its name or a part of it that stands for no other. */
    static boolean asksFor(Flag<?> flag, String argument) {
        return find(name(argument)).filter(flag::equals).isPresent();
    }

    private static String name(String argument) {
        int equals = argument.indexOf('=');
        return equals < 0 ? argument : argument.substring(0, equals);
    }

    private static Flag<?> flag(String argument) throws UsageException {
        if (!argument.startsWith("-")) {
            throw new UsageException("Unexpected argument: %s; a repository is given as --model-repository=%s"
                    .formatted(argument, argument));
        }
        String name = name(argument);
        Optional<Flag<?>> found = find(name);
        if (found.isPresent()) {
            return found.get();
        }
        List<String> candidates = beginningWith(name);
        if (!candidates.isEmpty()) {
            throw new UsageException("flag %s is ambiguous: it may stand for %s; write one of them out".formatted(name,
                    String.join(", ", candidates)));
        }
        throw new UsageException("unknown flag %s%s; --help lists all flags".formatted(name,
                NearestName.hint(name, BY_NAME.keySet())));
    }

    /** The flag of that name, or the only one whose name or second name begins so. */
    private static Optional<Flag<?>> find(String name) {
        Flag<?> exact = BY_NAME.get(name);
        if (exact != null) {
            return Optional.of(exact);
        }
        List<Flag<?>> flags = beginningWith(name).stream().<Flag<?>>map(BY_NAME::get).distinct().toList();
        return flags.size() == 1 ? Optional.of(flags.getFirst()) : Optional.empty();
    }

    private static List<String> beginningWith(String name) {
        return name.length() <= "--".length() ? List.of()
                : BY_NAME.keySet().stream().filter(known -> known.startsWith(name)).toList();
    }

    /** The value behind a flag; true for a switch, or a boolean that another flag follows. */
    private static String next(Flag<?> flag, ListIterator<String> rest) throws UsageException {
        if (flag.isSwitch() || (flag.isBoolean() && !valueFollows(rest))) {
            return "true";
        }
        String value = rest.hasNext() ? rest.next() : "--";
        if (value.startsWith("--")) {
            throw new UsageException("%s: got no value (expected %s); give it as %s=VALUE".formatted(flag.option(),
                    flag.type().expected(), flag.option()));
        }
        return value;
    }

    private static boolean valueFollows(ListIterator<String> rest) {
        if (!rest.hasNext()) {
            return false;
        }
        boolean follows = !rest.next().startsWith("-");
        rest.previous();
        return follows;
    }

    private static Map<String, Flag<?>> byName() {
        Map<String, Flag<?>> flags = new LinkedHashMap<>();
        for (Flag<?> flag : Flags.ALL) {
            flags.put(flag.option(), flag);
            if (!flag.alias().isEmpty()) {
                flags.put("--" + flag.alias(), flag);
            }
        }
        return flags;
    }
}
