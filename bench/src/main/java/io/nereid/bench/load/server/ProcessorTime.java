package io.nereid.bench.load.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processor time of a process of this machine, as Linux counts it: nothing has to run in the process for it. */
public final class ProcessorTime {
    private static final int UTIME = 11;
    private static final int STIME = 12;
    /** A tick of the clock that {@code /proc} counts in is 10 ms wherever Linux runs programs. */
    private static final long NANOS_PER_TICK = 10_000_000L;

    private ProcessorTime() {}

    /** What all threads of the process used so far, in nanoseconds, user and system. */
    public static long nanosOf(long pid) throws IOException {
        return parse(Files.readString(Path.of("/proc/" + pid + "/stat")));
    }

    /** Of the text of {@code /proc/PID/stat}. */
    static long parse(String stat) throws IOException {
        // The name in parentheses may have blanks and parentheses of its own.
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        if (afterName.length <= STIME) {
            throw new IOException("/proc/PID/stat has no processor time: " + stat);
        }
        return (Long.parseLong(afterName[UTIME]) + Long.parseLong(afterName[STIME])) * NANOS_PER_TICK;
    }
}
