package io.nereid.bench.simulation;

import io.nereid.bench.Usage;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.simulation.ArrivalPattern;
import io.nereid.simulation.LinearService;
import io.nereid.simulation.ServiceLaw;
import io.nereid.simulation.Setup;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The command line of {@code bench/run sim}. */
final class SimulationOptions {
    static final String USAGE = Usage.of("sim");

    private final Map<String, String> values = new HashMap<>();

    private SimulationOptions() {}

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static Setup parse(String... arguments) {
        SimulationOptions options = new SimulationOptions();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 0) {
                throw new IllegalArgumentException("got '" + argument + "' (expected --name=value)");
            }
            options.values.put(argument.substring(2, equals), argument.substring(equals + 1));
        }
        Setup setup = options.setup();
        if (!options.values.isEmpty()) {
            throw new IllegalArgumentException("got " + options.values.keySet() + ", which are no options");
        }
        return setup;
    }

    private Setup setup() {
        long timeout = millis("timeout", "0");
        long target = millis("target-p99", "0");
        long deadline = millis("deadline", "0");
        String[] rows = text("rows", "1").split("-", 2);
        return new Setup(arrivals(text("arrivals", "poisson:160")), count("rows", rows[0], 1),
                count("rows", rows[rows.length - 1], count("rows", rows[0], 1)), service(),
                count("instances", text("instances", "1"), 1), batching(),
                new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, timeout, false,
                        count("max-queue-size", text("max-queue-size", "0"), 0)),
                target, deadline > 0 ? deadline : timeout > 0 ? timeout : target, seconds("warmup", "5"),
                seconds("seconds", "600"), count("seed", text("seed", "1"), 0));
    }

    private BatchPolicy batching() {
        String preferred = text("preferred", "");
        List<Integer> sizes = preferred.isEmpty() ? List.of()
                : Arrays.stream(preferred.split(",")).map(size -> count("preferred", size, 1)).toList();
        return new BatchPolicy(count("max-batch-size", text("max-batch-size", "32"), 1), sizes, millis("delay", "0"));
    }

    private ServiceLaw service() {
        String[] costs = text("service", "5,0.05").split(",");
        if (costs.length != 2) {
            throw new IllegalArgumentException("--service: got " + costs.length + " numbers (expected FIXED,ROW)");
        }
        return new LinearService(scaled("service", costs[0], 6), scaled("service", costs[1], 6),
                scaled("jitter", text("jitter", "0"), 9) / 1e9);
    }

    private static ArrivalPattern arrivals(String pattern) {
        int colon = pattern.indexOf(':');
        String kind = pattern.substring(0, Math.max(0, colon));
        String[] numbers = pattern.substring(colon + 1).split(",");
        return switch (kind) {
            case "constant" -> new ArrivalPattern.Constant(rate(numbers, 0, 1));
            case "poisson" -> new ArrivalPattern.Poisson(rate(numbers, 0, 1));
            case "bursty" -> new ArrivalPattern.Bursty(rate(numbers, 0, 3), scaled("arrivals", numbers[1], 6),
                    scaled("arrivals", numbers[2], 6));
            case "step" -> new ArrivalPattern.Step(rate(numbers, 0, 3), rate(numbers, 1, 3),
                    scaled("arrivals", numbers[2], 9));
            case "closed" -> new ArrivalPattern.ClosedLoop(count("arrivals", numbers[0], 1),
                    numbers.length > 1 ? scaled("arrivals", numbers[1], 6) : 0);
            case "replay" -> new ArrivalPattern.Replay(recorded(Path.of(pattern.substring(colon + 1))));
            default -> throw new IllegalArgumentException("--arrivals: got '" + pattern
                    + "' (expected constant:, poisson:, bursty:, step:, closed: or replay:)");
        };
    }

    private static double rate(String[] numbers, int index, int expected) {
        if (numbers.length != expected) {
            throw new IllegalArgumentException(
                    "--arrivals: got %d numbers (expected %d)".formatted(numbers.length, expected));
        }
        double rate = scaled("arrivals", numbers[index], 9) / 1e9;
        if (rate <= 0) {
            throw new IllegalArgumentException("--arrivals: got a rate of " + numbers[index] + " (expected above 0)");
        }
        return rate;
    }

    private static List<Long> recorded(Path file) {
        try {
            return Files.readAllLines(file).stream().map(String::strip).filter(line -> !line.isEmpty())
                    .map(line -> scaled("arrivals", line, 9)).toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("--arrivals: cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private String text(String name, String otherwise) {
        String value = values.remove(name);
        return value == null ? otherwise : value;
    }

    private long millis(String name, String otherwise) {
        return scaled(name, text(name, otherwise), 6);
    }

    private long seconds(String name, String otherwise) {
        return scaled(name, text(name, otherwise), 9);
    }

    private static int count(String name, String value, int least) {
        try {
            int count = Integer.parseInt(value);
            if (count >= least) {
                return count;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException(
                "--%s: got '%s' (expected a whole number from %d)".formatted(name, value, least));
    }

    /** The number with its decimal point moved to the right. */
    private static long scaled(String name, String value, int digits) {
        try {
            BigDecimal number = new BigDecimal(value);
            if (number.signum() >= 0) {
                return number.movePointRight(digits).longValue();
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException("--%s: got '%s' (expected a number from 0)".formatted(name, value));
    }
}
