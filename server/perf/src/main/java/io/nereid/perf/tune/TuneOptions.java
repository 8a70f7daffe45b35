package io.nereid.perf.tune;

import io.nereid.perf.input.InputException;
import io.nereid.perf.input.InputOptions;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What to tune and how.
 *
 * @param firstConcurrency requests under way of the first level; each further level has twice as many
 * @param lastConcurrency at most so many
 * @param instances to choose from; empty for what the machine suggests
 * @param threads likewise
 * @param delaysMicros of dynamic batching, to choose from
 * @param full whether all settings are tried
 * @param output the file that the configuration goes to; printed if empty
 */
record TuneOptions(String model, Path repository, Goal goal, int firstConcurrency, int lastConcurrency,
        List<Integer> instances, List<Integer> threads, List<Integer> delaysMicros, boolean full, Duration window,
        InputOptions inputs, Optional<Path> output) {
    static final String HELP = """
            Usage: nereid tune MODEL --model-repository FOLDER [flags]

            Looks for the instances, threads and dynamic batching with which a model answers most requests a second on this
            machine, within a limit of latency. It serves the model by a server of its own, on the loopback address, with
            one setting after the other, each under a load that grows; prints what it tried; and writes the config.pbtxt to
            use. The files of the repository are only read. Nothing else should run on the machine meanwhile.

            A value follows a space or =. [The default is in brackets.]
              --model-repository FOLDER  The repository that has the model.
              --max-p99-ms MS            Levels whose p99 is above do not count. [no limit]
              --concurrency-range START[:END]
                                         Requests under way: START, twice that, ... up to END, while more of them help.
                                         [1:32]
              --search quick|full        Quick changes one thing at a time and keeps what is better; full tries all.
                                         [quick]
              --instances N,N,...        To choose from. [1, 2, 4, ... as many as processors; 1, 2, 4 on a GPU]
              --threads N,N,...          Of each instance, for ONNX models on the CPU. [those that fill the processors]
              --delays-us N,N,...        max_queue_delay_microseconds of dynamic batching. Without batching is tried, too.
                                         [0, 100, 1000, 5000, and as it was written]
              --window-ms MS             A level is measured in windows until three agree, at most ten. [1000]
              --input-data zero|random|FILE.json, --shape NAME:D1,D2
                                         As in nereid perf.
              --output FILE              Where the configuration goes. [printed]

            Exit code: 0 found; 1 nothing is within the limit; 2 the command was written wrong; 3 the model cannot be served
            or tuned.

            Examples:
              nereid tune food_classifier_onnx --model-repository examples/food11/models --max-p99-ms 100
              nereid tune bert --model-repository /srv/models --shape input_ids:128 --output /srv/models/bert/config.pbtxt
            """;

    private static final Set<String> VALUES = Set.of("--model-repository", "--max-p99-ms", "--concurrency-range",
            "--search", "--instances", "--threads", "--delays-us", "--window-ms", "--output");
    private static final Set<String> LISTS = Set.of("--input-data", "--shape");
    private static final List<Integer> DELAYS = List.of(0, 100, 1000, 5000);
    private static final int NANOS_PER_MILLI = 1_000_000;
    private static final int LAST_CONCURRENCY = 32;
    private static final int WINDOW_MILLIS = 1000;
    private static final int MOST = 1_000_000;

    /**
     * Reads the arguments behind the word {@code tune}.
     *
     * @throws TuneException if they say something else than {@link #HELP}
     */
    static TuneOptions parse(List<String> arguments) throws TuneException {
        List<String> models = new ArrayList<>();
        Map<String, List<String>> values = new HashMap<>();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            if (argument.startsWith("-")) {
                add(values, argument, rest);
            } else {
                models.add(argument);
            }
        }
        if (models.size() != 1) {
            throw new TuneException(
                    "which model? got " + (models.isEmpty() ? "none" : models) + " (expected one name)");
        }
        return new Flags(values).options(models.getFirst());
    }

    private static void add(Map<String, List<String>> values, String argument, Iterator<String> rest)
            throws TuneException {
        int equals = argument.indexOf('=');
        String flag = equals < 0 ? argument : argument.substring(0, equals);
        if (!VALUES.contains(flag) && !LISTS.contains(flag)) {
            throw new TuneException("unknown flag " + flag);
        }
        if (equals < 0 && !rest.hasNext()) {
            throw new TuneException(flag + ": got no value");
        }
        List<String> earlier = values.computeIfAbsent(flag, _ -> new ArrayList<>());
        if (VALUES.contains(flag) && !earlier.isEmpty()) {
            throw new TuneException(flag + ": got it twice (expected once)");
        }
        earlier.add(equals < 0 ? rest.next() : argument.substring(equals + 1));
    }

    private record Flags(Map<String, List<String>> values) {
        TuneOptions options(String model) throws TuneException {
            String repository = text("--model-repository")
                    .orElseThrow(() -> new TuneException("which repository? Give its folder as --model-repository"));
            int[] range = range();
            long limit = text("--max-p99-ms").isEmpty() ? Long.MAX_VALUE
                    : (long) number("--max-p99-ms", 1, MOST) * NANOS_PER_MILLI;
            return new TuneOptions(model, Path.of(repository), new Goal(limit), range[0], range[1],
                    numbers("--instances", 1), numbers("--threads", 1),
                    values.containsKey("--delays-us") ? numbers("--delays-us", 0) : DELAYS, isFull(),
                    Duration.ofMillis(number("--window-ms", WINDOW_MILLIS, MOST)), inputs(),
                    text("--output").map(Path::of));
        }

        private Optional<String> text(String flag) {
            return values.getOrDefault(flag, List.of()).stream().findFirst();
        }

        private int number(String flag, int byDefault, int most) throws TuneException {
            Optional<String> text = text(flag);
            return text.isEmpty() ? byDefault : number(flag, text.get(), 1, most);
        }

        private List<Integer> numbers(String flag, int least) throws TuneException {
            List<Integer> numbers = new ArrayList<>();
            for (String text : text(flag).map(list -> Arrays.asList(list.split(","))).orElse(List.of())) {
                numbers.add(number(flag, text.strip(), least, MOST));
            }
            return numbers;
        }

        private static int number(String flag, String text, int least, int most) throws TuneException {
            if (!text.matches("[0-9]{1,7}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
                throw new TuneException(
                        "%s: got '%s' (expected a whole number from %d to %d)".formatted(flag, text, least, most));
            }
            return Integer.parseInt(text);
        }

        private int[] range() throws TuneException {
            String flag = "--concurrency-range";
            String[] ends = text(flag).orElse("1:" + LAST_CONCURRENCY).split(":", -1);
            int first = number(flag, ends[0], 1, MOST);
            int last = ends.length == 1 ? first : number(flag, ends[1], 1, MOST);
            if (ends.length > 2 || last < first) {
                throw new TuneException(flag + ": got '" + String.join(":", ends)
                        + "' (expected START or START:END, the end not below the start)");
            }
            return new int[]{first, last};
        }

        private boolean isFull() throws TuneException {
            String search = text("--search").orElse("quick");
            if (!search.equals("quick") && !search.equals("full")) {
                throw new TuneException("--search: got '" + search + "' (expected quick or full)");
            }
            return search.equals("full");
        }

        private InputOptions inputs() throws TuneException {
            try {
                return new InputOptions(1, InputOptions.shapes(values.getOrDefault("--shape", List.of())),
                        InputOptions.source(values.getOrDefault("--input-data", List.of())),
                        InputOptions.DEFAULT.stringLength(), Optional.empty());
            } catch (InputException e) {
                throw new TuneException(String.valueOf(e.getMessage()));
            }
        }
    }
}
