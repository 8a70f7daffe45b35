package io.nereid.bench.load.device;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which sessions to open.
 *
 * @param file the ONNX model
 * @param cuda settings of the CUDA provider; empty for the CPU
 * @param bound whether its tensors are bound to memory of the GPU; else ONNX Runtime copies them itself
 * @param instances sessions, each with a caller of its own
 * @param threads intra-op threads of each
 */
record BareOptions(Path file, Optional<Map<String, String>> cuda, boolean bound, int instances, int threads,
        TensorOptions tensors) {
    static final String USAGE = Usage.of("bare");

    private static final Set<String> NAMES = TensorOptions.names("--file", "--device", "--cuda", "--memory",
            "--instances", "--threads");
    private static final int MOST_INSTANCES = 64;
    private static final int MOST_THREADS = 1024;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static BareOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        Path file = Path.of(arguments.text("--file").orElse(""));
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("--file: got '" + file + "' (expected an ONNX model)");
        }
        return new BareOptions(file, cuda(arguments), bound(arguments),
                arguments.number("--instances", 1, 1, MOST_INSTANCES),
                arguments.number("--threads", 1, 1, MOST_THREADS), TensorOptions.of(arguments));
    }

    private static Optional<Map<String, String>> cuda(Arguments arguments) {
        String device = arguments.text("--device").orElse("cpu");
        return switch (device) {
            case "cpu" -> Optional.empty();
            case "gpu" -> Optional.of(settings(arguments.text("--cuda").orElse("")));
            default -> throw new IllegalArgumentException("--device: got '" + device + "' (expected cpu or gpu)");
        };
    }

    private static boolean bound(Arguments arguments) {
        String memory = arguments.text("--memory").orElse("bound");
        return switch (memory) {
            case "bound" -> true;
            case "host" -> false;
            default -> throw new IllegalArgumentException("--memory: got '" + memory + "' (expected bound or host)");
        };
    }

    private static Map<String, String> settings(String list) {
        Map<String, String> settings = new LinkedHashMap<>(Map.of("device_id", "0"));
        for (String setting : list.isEmpty() ? new String[0] : list.split(",")) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("--cuda: got '" + setting + "' (expected key=value)");
            }
            settings.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return settings;
    }
}
