package io.nereid.backend.worker.process;

import java.util.Map;

/** How a process ended, in words. Stateless. */
final class ExitWords {
    /** What the JDK adds to the number of a signal. */
    private static final int SIGNAL = 0x80;
    private static final int LAST_SIGNAL = 64;
    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(1, "SIGHUP"), Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"), Map.entry(4, "SIGILL"), Map.entry(6, "SIGABRT"), Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"), Map.entry(9, "SIGKILL"), Map.entry(11, "SIGSEGV"), Map.entry(13, "SIGPIPE"),
            Map.entry(15, "SIGTERM"), Map.entry(24, "SIGXCPU"), Map.entry(31, "SIGSYS"));

    private ExitWords() {}

    /** For what {@link Process#exitValue} says. */
    static String of(int exitValue) {
        int signal = exitValue - SIGNAL;
        if (signal <= 0 || signal > LAST_SIGNAL) {
            return "exit code " + exitValue;
        }
        String name = NAMES.get(signal);
        return "signal " + signal + (name == null ? "" : " (" + name + ")");
    }
}
