package io.nereid.bench.load.soak;

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
    static final String USAGE = """
            usage: bench/run load soak [OPTIONS]
              32 clients against a server in a process of its own: 24 send good requests over HTTP and gRPC, small and large,
              to identity models and to the food classifier; 8 leave in the middle, send rubbish, load and unload models. A
              line each minute. Ends with code 1 if a good request failed, or if memory or threads grew from the second
              quarter of the time to the last.
              --minutes  how long (20)
              --food11   model repository of the food11 example (examples/food11/models)
            """;

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
