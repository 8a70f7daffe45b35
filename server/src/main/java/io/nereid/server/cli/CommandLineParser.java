package io.nereid.server.cli;

import io.nereid.modelrepo.config.NearestName;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads arguments by the table of flags. A value may follow {@code =} or a space; of a flag that is given twice the last
 * value counts unless the flag is repeatable. Written by hand because a command line library took longer to start than
 * the rest of the parsing and the help together (docs/decisions/0003).
 */
final class CommandLineParser {
    private static final Map<String, Flag<?>> BY_NAME = byName();

    private CommandLineParser() {}

    /**
     * The arguments as values of flags.
     *
     * @throws UsageException at the first argument that is no flag, has no value or a bad one, or asks for what is not built
     */
    static FlagValues parse(List<String> arguments) throws UsageException {
        Map<Flag<?>, List<String>> texts = new LinkedHashMap<>();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            Flag<?> flag = flag(name, argument);
            String value = equals < 0 ? next(flag, rest) : argument.substring(equals + 1);
            texts.computeIfAbsent(flag, _ -> new ArrayList<>()).add(value);
        }
        return FlagValues.of(texts);
    }

    private static Flag<?> flag(String name, String argument) throws UsageException {
        Flag<?> flag = BY_NAME.get(name);
        if (flag != null) {
            return flag;
        }
        if (!argument.startsWith("-")) {
            throw new UsageException("unexpected argument '%s'; a repository is given as --model-repository=%s"
                    .formatted(argument, argument));
        }
        throw new UsageException("unknown flag %s%s; --help lists all flags".formatted(name,
                NearestName.hint(name, BY_NAME.keySet())));
    }

    private static String next(Flag<?> flag, Iterator<String> rest) throws UsageException {
        if (flag.isSwitch()) {
            return "true";
        }
        String value = rest.hasNext() ? rest.next() : "--";
        if (value.startsWith("--")) {
            throw new UsageException("%s: got no value (expected %s); give it as %s=VALUE".formatted(flag.option(),
                    flag.type().expected(), flag.option()));
        }
        return value;
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
