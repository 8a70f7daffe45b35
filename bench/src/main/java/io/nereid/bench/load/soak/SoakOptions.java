package io.nereid.bench.load.soak;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.nio.file.Path;
import java.util.Set;

/**
 * How long and with what.
 *
 * @param minutes of load, each a line of the table
 * @param food11 the model repository of the food11 example
 */
record SoakOptions(int minutes, Path food11) {
    static final String USAGE = Usage.of("soak");

    private static final int DEFAULT_MINUTES = 20;
    private static final int LEAST_MINUTES = 4;
    private static final int MOST_MINUTES = 24 * 60;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static SoakOptions parse(String... command) {
        Arguments arguments = Arguments.parse(Set.of("--minutes", "--food11"), command);
        return new SoakOptions(arguments.number("--minutes", DEFAULT_MINUTES, LEAST_MINUTES, MOST_MINUTES),
                arguments.folder("--food11", Path.of("examples/food11/models")));
    }
}
