package io.nereid.server.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much of the machine's memory a process takes, as Linux says it. */
public final class ResidentMemory {
    private static final long KIB = 1024;
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    private ResidentMemory() {}

    /** What this process takes, in bytes; absent where there is no Linux. Reads a file of the kernel. */
    public static OptionalLong ofThisProcess() {
        try {
            return Files.readString(STATUS).lines().filter(line -> line.startsWith(RESIDENT))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB).findFirst();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty(); // no Linux
        }
    }
}
