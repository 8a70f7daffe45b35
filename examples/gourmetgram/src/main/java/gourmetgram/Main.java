package gourmetgram;

import io.nereid.server.StartException;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Starts one of the applications: {@code service}, {@code web} or {@code load}. */
public final class Main {
    private static final int USAGE = 2;

    private Main() {}

    /** Exit code 1: it failed, in a line on stderr. 2: the command line is wrong. */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            System.exit(run(List.of(arguments)));
        } catch (UsageException e) {
            System.err.println("gourmetgram: " + e.getMessage() + "; --help explains");
            System.exit(USAGE);
        } catch (StartException | IOException e) {
            System.err.println("gourmetgram: " + e.getMessage());
            System.exit(1);
        }
    }

    private static int run(List<String> arguments)
            throws UsageException, StartException, IOException, InterruptedException {
        String command = arguments.isEmpty() ? "" : arguments.getFirst();
        List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
        return switch (command) {
            case "service" -> ServiceCommand.run(options(rest, ServiceCommand.OPTIONS));
            case "web" -> WebCommand.run(options(rest, WebCommand.OPTIONS), System.getenv());
            case "load" -> LoadCommand.run(options(rest, LoadCommand.OPTIONS));
            default -> throw new UsageException("got " + (command.isEmpty() ? "no command" : "'" + command + "'")
                    + " (expected service, web or load)");
        };
    }

    private static Options options(List<String> arguments, Set<String> known) throws UsageException {
        return Options.parse(arguments, known);
    }
}
