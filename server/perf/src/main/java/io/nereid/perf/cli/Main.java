package io.nereid.perf.cli;

import io.nereid.perf.report.CommandLine;

import java.io.Console;
import java.io.PrintStream;
import java.util.List;

/** The program {@code nereid perf}. */
public final class Main {
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    /**
     * Prepares the program.
     *
     * @param terminal whether somebody looks at {@code err}
     */
    Main(PrintStream out, PrintStream err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /** Runs, and exits with the code that {@code --help} explains. */
    public static void main(String[] arguments) throws InterruptedException {
        int code = new Main(System.out, System.err, isTerminal()).run(List.of(arguments));
        System.exit(code);
    }

    @SuppressWarnings("SystemConsoleNull") // which JDK returns null when differs by version and console provider
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }

    /** Does what the arguments say and returns the exit code; blocks. */
    int run(List<String> arguments) throws InterruptedException {
        try {
            PerfArguments parsed = PerfArguments.parse(arguments);
            if (parsed.has(PerfFlag.HELP) || arguments.isEmpty()) {
                out.print(HelpText.TEXT);
                return ExitCode.OK.code();
            }
            PerfOptions options = PerfOptions.parse(parsed);
            return new PerfRun(options, CommandLine.of("nereid perf", arguments), out, err, terminal).run().code();
        } catch (UsageException e) {
            err.println("nereid perf: " + e.getMessage() + "\nTry nereid perf --help");
            return ExitCode.USAGE.code();
        }
    }
}
