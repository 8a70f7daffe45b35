package io.nereid.perf.input;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The flags about inputs.
 *
 * @param batchSize rows of each request, from 1
 * @param shapes of one row of an input, by its name
 * @param source where the values come from
 * @param stringLength of generated elements of type BYTES, in bytes
 * @param stringData what those elements are instead
 */
public record InputOptions(int batchSize, Map<String, List<Long>> shapes, Source source, int stringLength,
        Optional<String> stringData) {
    /** One row each request, random values. */
    public static final InputOptions DEFAULT = new InputOptions(1, Map.of(), new Random(), 128, Optional.empty());

    public InputOptions {
        shapes = Map.copyOf(shapes);
    }

    /** Where the values come from. */
    public sealed interface Source {}

    /** All numbers are 0; texts are random. */
    public record Zero() implements Source {}

    /** The same random values in each run. */
    public record Random() implements Source {}

    /**
     * Files.
     *
     * @param paths JSON files, whose streams are appended; or one folder that holds a file of each input's name
     */
    public record Files(List<Path> paths) implements Source {
        public Files {
            paths = List.copyOf(paths);
        }
    }

    /** What {@code --input-data} says: {@code zero}, {@code random} (also where it is not given), or paths. */
    public static Source source(List<String> values) throws InputException {
        if (values.isEmpty() || values.equals(List.of("random"))) {
            return new Random();
        }
        if (values.equals(List.of("zero"))) {
            return new Zero();
        }
        if (values.contains("random") || values.contains("zero")) {
            throw new InputException("--input-data: got " + values + " (expected zero, random, or only paths)");
        }
        return new Files(values.stream().map(Path::of).toList());
    }

    /** What several {@code --shape} say, each {@code NAME:3,224,224}. */
    public static Map<String, List<Long>> shapes(List<String> values) throws InputException {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (String value : values) {
            int colon = value.lastIndexOf(':');
            if (colon <= 0 || !value.substring(colon + 1).matches("\\d{1,18}(,\\d{1,18})*")) {
                throw new InputException("--shape: got " + value + " (expected NAME:SIZE,SIZE,... such as "
                        + "INPUT0:3,224,224, without the dimension of the batch)");
            }
            String[] sizes = value.substring(colon + 1).split(",");
            if (shapes.put(value.substring(0, colon), List.of(sizes).stream().map(Long::valueOf).toList()) != null) {
                throw new InputException("--shape: got " + value.substring(0, colon) + " twice (expected once)");
            }
        }
        return shapes;
    }
}
