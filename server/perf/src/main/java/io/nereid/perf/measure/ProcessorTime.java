package io.nereid.perf.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processor time of processes of this machine, as Linux counts it: nothing has to run in them for it. */
public final class ProcessorTime {
    /** Of all Linux systems today: a hundredth of a second. */
    private static final long NANOS_PER_TICK = 10_000_000;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int USER = 11;
    private static final int SYSTEM = 12;

    private ProcessorTime() {}

    /** What all threads of this process have used so far, in seconds, to a hundredth; 0 where the system does not say. */
    public static double seconds() {
        try {
            return read("self") / NANOS_PER_SECOND;
        } catch (IOException _) {
            return 0;
        }
    }

    /** What all threads of that process have used so far, in nanoseconds, user and system. */
    public static long nanosOf(long pid) throws IOException {
        return read(Long.toString(pid));
    }

    private static long read(String process) throws IOException {
        return parse(Files.readString(Path.of("/proc", process, "stat")));
    }

    /** From the text of {@code /proc/PID/stat}; the name of the program, in parentheses, may hold anything. */
    static long parse(String stat) throws IOException {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        if (fields.length <= SYSTEM) {
            throw new IOException("/proc/PID/stat has no processor time: " + stat);
        }
        return (Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM])) * NANOS_PER_TICK;
    }
}
