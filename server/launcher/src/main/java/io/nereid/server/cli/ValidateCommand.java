package io.nereid.server.cli;

import io.nereid.server.RepositoryCheck;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.config.UsageException;
import io.nereid.server.model.config.RepositoryFlags;
import io.nereid.server.model.loading.ModelValidator;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/** {@code nereid validate}: says what is wrong with the models of a repository, and serves nothing. */
final class ValidateCommand {
    static final String WORD = "validate";

    /** Every model can be served. */
    static final int SOUND = 0;
    /** A model, or the repository as a whole, has a problem. */
    static final int PROBLEMS = 1;
    /** The command was written wrong. */
    static final int USAGE = 2;

    private static final Duration SILENT = Duration.ofSeconds(2);

    private final String command;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean colours;
    private final LongSupplier nanoClock;

    /**
     * Prepares the command.
     *
     * @param out the report
     * @param err progress, once it has taken two seconds, and wrong usage
     * @param nanoClock the time, in nanoseconds
     */
    ValidateCommand(String command, PrintStream out, PrintStream err, boolean colours, LongSupplier nanoClock) {
        this.command = command;
        this.out = out;
        this.err = err;
        this.colours = colours;
        this.nanoClock = nanoClock;
    }

    /** @param arguments those behind the word */
    int run(List<String> arguments) {
        if (Main.asks(arguments, ServerFlags.HELP, "-h")) {
            out.print(help());
            return SOUND;
        }
        Set<String> models = new LinkedHashSet<>();
        ServerConfig config;
        try {
            config = new ConfigFromFlags(CommandLineParser.parse(serverFlags(arguments, models)), System.getenv())
                    .read();
            Logging.configure(config.logging());
        } catch (UsageException e) {
            err.println(command + " " + WORD + ": " + e.getMessage() + "\nTry " + command + " " + WORD + " --help");
            return USAGE;
        }
        try {
            Report report = new Report();
            int failed = new RepositoryCheck(config).run(models, report);
            out.println(report.summary(failed));
            return failed == 0 ? SOUND : PROBLEMS;
        } catch (StartException e) {
            err.println(command + " " + WORD + ": " + e.getMessage());
            return PROBLEMS;
        }
    }

    /** The arguments in the words of the server's own flags; the names of models go to {@code models}. */
    private List<String> serverFlags(List<String> arguments, Set<String> models) throws UsageException {
        // a report is all that is wanted, unless somebody asks for the log
        List<String> flags = new ArrayList<>(List.of("--log-info=false", "--log-warning=false"));
        int repositories = 0;
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            if (argument.equals("--model") || argument.startsWith("--model=")) {
                models.add(modelName(argument, rest));
            } else if (argument.startsWith("-")) {
                repositories += CommandLineParser.asksFor(RepositoryFlags.MODEL_REPOSITORY, argument) ? 1 : 0;
                flags.add(argument);
                // of the server's flags those with a value have it behind an equals sign here
            } else {
                repositories++;
                flags.add("--model-repository=" + argument);
            }
        }
        if (repositories == 0) {
            throw new UsageException("which repository? Give its folder, or s3://..., gs://... or as://...");
        }
        return flags;
    }

    private static String modelName(String argument, Iterator<String> rest) throws UsageException {
        String name = argument.startsWith("--model=") ? argument.substring("--model=".length())
                : rest.hasNext() ? rest.next() : "";
        if (name.isEmpty() || name.startsWith("-")) {
            throw new UsageException("--model: got no name; give it as --model=NAME");
        }
        return name;
    }

    private final class Report implements RepositoryCheck.Listener {
        private final long start = nanoClock.getAsLong();
        private int seen;
        private int warned;
        private int empty;

        @Override
        public void began(String model, int index, int total) {
            if (nanoClock.getAsLong() - start >= SILENT.toNanos()) {
                err.println("checking " + model + " (" + index + " of " + total + ")");
            }
        }

        @Override
        public void ended(String model, ModelValidator.Findings findings) {
            seen++;
            warned += findings.warnings().size();
            out.println(
                    (findings.problems().isEmpty() ? coloured("32", "ok  ") : coloured("31", "FAIL")) + "  " + model);
            findings.problems().forEach(problem -> below(problem));
            findings.warnings().forEach(warning -> below(coloured("33", "warning:") + " " + warning));
        }

        @Override
        public void empty(String problem) {
            empty++;
            out.println(coloured("31", "FAIL") + "  " + problem);
        }

        private void below(String text) {
            out.println("      " + text.strip().replace("\n", "\n      "));
        }

        private String summary(int failed) {
            List<String> parts = new ArrayList<>();
            parts.add(count(seen, "model") + " checked");
            if (failed > empty) {
                parts.add((failed - empty) + " with problems");
            }
            if (empty > 0) {
                parts.add(empty + (empty == 1 ? " repository" : " repositories") + " without models");
            }
            if (failed == 0) {
                parts.add("no problem found");
            }
            if (warned > 0) {
                parts.add(count(warned, "warning"));
            }
            return String.join(", ", parts);
        }

        private static String count(int number, String what) {
            return number + " " + what + (number == 1 ? "" : "s");
        }
    }

    private String coloured(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    private String help() {
        return """
                Usage: %1$s validate REPOSITORY... [--model NAME]... [flags]

                Says everything that is wrong with the models of a repository, without serving them: no port is opened.
                REPOSITORY is a folder with one sub-folder per model, or s3://..., gs://... or as://...

                Each model is read, checked and loaded as the server would load it on this machine: its configuration,
                its version policy, its files, the signature of the model itself, label files, and its warm-up.
                What the server would pass over, as its log would say, is a warning.
                The exit code is 0 if all can be served, 1 if one has a problem or a repository has no model, 2 if the
                command was written wrong.

                  --model NAME   Look at this model only. May be given several times.
                  Flags of the server that say how models are read work here as well, with = before their value:
                  --model-config-name, --disable-auto-complete-config, --backend-config, --gpu-fallback,
                  --model-namespacing, --log-verbose.

                Examples:
                  %1$s validate examples/food11/models
                  %1$s validate /srv/models --model resnet --model bert
                  %1$s validate s3://my-bucket/models || echo "do not deploy"
                """.formatted(command);
    }
}
