package io.nereid.perf.tune;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** The program {@code nereid tune}. */
public final class Main {
    static final int FOUND = 0;
    static final int NOTHING_WITHIN = 1;
    static final int USAGE = 2;
    static final int FAILED = 3;

    private final PrintStream out;
    private final PrintStream err;
    private final Path launcher;

    /** @param launcher the program {@code nereid} */
    Main(PrintStream out, PrintStream err, Path launcher) {
        this.out = out;
        this.err = err;
        this.launcher = launcher;
    }

    /** Runs, and exits with the code that {@code --help} explains. */
    public static void main(String[] arguments) throws InterruptedException {
        Path launcher = Path.of(System.getProperty("nereid.launcher", "nereid"));
        System.exit(new Main(System.out, System.err, launcher).run(List.of(arguments)));
    }

    /** Does what the arguments say and returns the exit code; blocks. */
    int run(List<String> arguments) throws InterruptedException {
        if (arguments.isEmpty() || arguments.contains("--help") || arguments.contains("-h")) {
            out.print(TuneOptions.HELP);
            return FOUND;
        }
        TuneOptions options;
        try {
            options = TuneOptions.parse(arguments);
        } catch (TuneException e) {
            err.println("nereid tune: " + e.getMessage() + "\nTry nereid tune --help");
            return USAGE;
        }
        try {
            return TuneRun.run(options, launcher, out, err) ? FOUND : NOTHING_WITHIN;
        } catch (TuneException e) {
            err.println("nereid tune: " + options.model() + ": " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err.println("nereid tune: " + e);
            return FAILED;
        }
    }
}
