package io.nereid.perf.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The machine that this process runs on, in words. */
public final class Machine {
    private Machine() {}

    /** Such as {@code 2 x Intel(R) Xeon(R) Platinum 8481C, 31.3 GiB, Linux 6.1.0 amd64, Java 25.0.2}. */
    public static String describe() {
        return describe(lines("/proc/cpuinfo"), lines("/proc/meminfo"), Runtime.getRuntime().availableProcessors())
                + ", " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch") + ", Java " + Runtime.version().feature();
    }

    static String describe(List<String> cpuinfo, List<String> meminfo, int processors) {
        String model = field(cpuinfo, "model name");
        String memory = field(meminfo, "MemTotal").replaceAll("\\D", "");
        return processors + " x " + (model.isEmpty() ? "processor" : model)
                + (memory.isEmpty() ? ""
                        : String.format(Locale.ROOT, ", %.1f GiB", Long.parseLong(memory) / 1048576.0));
    }

    private static String field(List<String> lines, String name) {
        return lines.stream().filter(line -> line.startsWith(name)).findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("");
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException _) {
            return List.of();
        }
    }
}
