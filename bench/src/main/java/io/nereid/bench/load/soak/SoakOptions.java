package io.nereid.bench.load.soak;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How long and with what.
 *
 * @param minutes of load, each a line of the table
 * @param rate good requests per second at most; empty for as many as are answered
 * @param table the file that the table is written to as well, line by line
 * @param food11 the model repository of the food11 example
 */
record SoakOptions(int minutes, OptionalInt rate, Optional<Path> table, Path food11) {
    static final String USAGE = Usage.of("soak");

    private static final int DEFAULT_MINUTES = 20;
    private static final int LEAST_MINUTES = 4;
    private static final int MOST_MINUTES = 24 * 60;
    private static final int LEAST_RATE = 10;
    private static final int MOST_RATE = 1_000_000;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static SoakOptions parse(String... command) {
        Arguments arguments = Arguments.parse(Set.of("--minutes", "--rate", "--table", "--food11"), command);
        int rate = arguments.number("--rate", 0, LEAST_RATE, MOST_RATE);
        return new SoakOptions(arguments.number("--minutes", DEFAULT_MINUTES, LEAST_MINUTES, MOST_MINUTES),
                rate == 0 ? OptionalInt.empty() : OptionalInt.of(rate), arguments.text("--table").map(Path::of),
                arguments.folder("--food11", Path.of("examples/food11/models")));
    }
}
