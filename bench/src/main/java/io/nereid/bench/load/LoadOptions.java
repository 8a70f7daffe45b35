package io.nereid.bench.load;

import io.nereid.server.HttpConfig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What to load and for how long.
 *
 * @param scenarios in the order they run
 * @param concurrencies how many connections, each with one request under way
 * @param seconds of each measurement
 * @param warmupSeconds of load before the first measurement of a scenario at most, at its highest concurrency
 * @param rounds how often each measurement is taken
 * @param httpThreads event loops of the server
 * @param food11 the model repository of the food11 example
 */
record LoadOptions(List<Scenario> scenarios, List<Integer> concurrencies, int seconds, int warmupSeconds, int rounds,
        int httpThreads, Path food11) {
    static final String USAGE = """
            usage: bench/run load [--scenarios=NAME,...] [--concurrency=N,...] [--seconds=N] [--warmup=N] [--rounds=N]
                              [--http-threads=N] [--food11=FOLDER]
              --scenarios    %s (all)
              --concurrency  connections, each with one request under way (1,8)
              --seconds      length of each measurement (10)
              --warmup       seconds of load before the first measurement of a scenario, until the compiler is calm but
                             at most so long (60)
              --rounds       how often each measurement is taken (1)
              --http-threads event loops of the server (as many as it takes by default)
              --food11       model repository of the food11 example (examples/food11/models)
            """.formatted(String.join(", ", Scenario.labels()));

    private static final LoadOptions DEFAULT = new LoadOptions(List.of(Scenario.values()), List.of(1, 8), 10, 60, 1,
            HttpConfig.DEFAULT_THREADS, Path.of("examples/food11/models"));
    private static final int MOST_SECONDS = 600;
    private static final int MOST_CONNECTIONS = 1000;
    private static final int MOST_ROUNDS = 100;
    private static final int MOST_HTTP_THREADS = 64;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static LoadOptions parse(String... arguments) {
        LoadOptions options = DEFAULT;
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("got '" + argument + "' (expected --name=value)");
            }
            options = options.with(argument.substring(0, equals), argument.substring(equals + 1));
        }
        return options;
    }

    private LoadOptions with(String name, String value) {
        return switch (name) {
            case "--scenarios" -> new LoadOptions(Arrays.stream(value.split(",")).map(Scenario::labelled).toList(),
                    concurrencies, seconds, warmupSeconds, rounds, httpThreads, food11);
            case "--concurrency" -> new LoadOptions(scenarios, numbers(name, value, MOST_CONNECTIONS), seconds,
                    warmupSeconds, rounds, httpThreads, food11);
            case "--seconds" -> new LoadOptions(scenarios, concurrencies, number(name, value, 1, MOST_SECONDS),
                    warmupSeconds, rounds, httpThreads, food11);
            case "--warmup" -> new LoadOptions(scenarios, concurrencies, seconds, number(name, value, 0, MOST_SECONDS),
                    rounds, httpThreads, food11);
            case "--rounds" -> new LoadOptions(scenarios, concurrencies, seconds, warmupSeconds,
                    number(name, value, 1, MOST_ROUNDS), httpThreads, food11);
            case "--http-threads" -> new LoadOptions(scenarios, concurrencies, seconds, warmupSeconds, rounds,
                    number(name, value, 1, MOST_HTTP_THREADS), food11);
            case "--food11" -> new LoadOptions(scenarios, concurrencies, seconds, warmupSeconds, rounds, httpThreads,
                    repository(value));
            default -> throw new IllegalArgumentException("got '" + name + "', which is no option");
        };
    }

    private static List<Integer> numbers(String name, String value, int most) {
        return Arrays.stream(value.split(",")).map(one -> number(name, one, 1, most)).toList();
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

    private static Path repository(String value) {
        Path path = Path.of(value);
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("--food11: '" + value + "' is no folder");
        }
        return path;
    }

    int highestConcurrency() {
        return concurrencies.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }
}
