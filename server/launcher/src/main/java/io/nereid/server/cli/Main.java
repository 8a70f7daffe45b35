package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.protocol.Version;
import io.nereid.server.signals.StopSignal;

import java.io.Console;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/** The program {@code nereid}, also known as {@code tritonserver}. */
public final class Main {
    private final String command;
    private final PrintStream out;
    private final PrintStream err;
    private final StartedServer.Starter starter;
    private final Supplier<StopSignal> stopSignal;

    /**
     * Prepares the program.
     *
     * @param command the name it was started by
     * @param stopSignal asked once, when the server runs: until then the system ends the process at the first signal
     */
    Main(String command, PrintStream out, PrintStream err, StartedServer.Starter starter,
            Supplier<StopSignal> stopSignal) {
        this.command = command;
        this.out = out;
        this.err = err;
        this.starter = starter;
        this.stopSignal = stopSignal;
    }

    /** Runs until a signal stops the server, and exits: 0 after a clean end, 1 after a wrong flag or a failed start. */
    public static void main(String[] arguments) throws InterruptedException {
        StopSignal.heed();
        long heapGrowth = Long.getLong("nereid.heap.growth", 0);
        if (heapGrowth > 0) {
            HeapGrowth.watch(heapGrowth);
        }
        Main main = new Main(System.getProperty("nereid.command", "nereid"), System.out, System.err,
                RunningServer::start, () -> StopSignal.ofProcess(Main::exitAtOnce));
        System.exit(main.run(List.of(arguments)));
    }

    /**
     * Does what the arguments say and returns the exit code; blocks while a server runs. {@code --help} and
     * {@code --version}, however they are written, come before everything else that is asked.
     */
    int run(List<String> arguments) throws InterruptedException {
        if (!arguments.isEmpty() && arguments.getFirst().equals(ValidateCommand.WORD)) {
            return new ValidateCommand(command, out, err, terminalShowsColours(), System::nanoTime)
                    .run(arguments.subList(1, arguments.size()));
        }
        if (asks(arguments, ServerFlags.HELP, "-h")) {
            out.print(new HelpText(command, terminalShowsColours()));
            return ServerRun.CLEAN;
        }
        if (asks(arguments, ServerFlags.VERSION, "-v")) {
            out.println("%s %s (Java %s)".formatted(command, Version.current(), Runtime.version()));
            return ServerRun.CLEAN;
        }
        ServerConfig config;
        List<String> warnings;
        try {
            FlagValues flags = CommandLineParser.parse(arguments);
            config = new ConfigFromFlags(flags, System.getenv()).read();
            warnings = flags.warnings();
            Logging.configure(config.logging());
        } catch (UsageException e) {
            err.println(command + ": " + e.getMessage());
            return ServerRun.FAILED;
        }
        return new ServerRun(starter, stopSignal, err).run(config, warnings);
    }

    /** Whether the flag is there, or its letter, or in the first place its bare name. */
    static boolean asks(List<String> arguments, Flag<Boolean> flag, String letter) {
        return (!arguments.isEmpty() && arguments.getFirst().equals(flag.name())) || arguments.stream()
                .anyMatch(argument -> argument.equals(letter) || CommandLineParser.asksFor(flag, argument));
    }

    @SuppressWarnings("SystemConsoleNull") // which JDK returns null when differs by version and console provider
    private static boolean terminalShowsColours() {
        Console console = System.console();
        return console != null && console.isTerminal() && System.getenv("NO_COLOR") == null
                && !"dumb".equals(System.getenv("TERM"));
    }

    private static void exitAtOnce() {
        System.err.println("Another signal. Exiting immediately.");
        Runtime.getRuntime().halt(ServerRun.FAILED);
    }
}
