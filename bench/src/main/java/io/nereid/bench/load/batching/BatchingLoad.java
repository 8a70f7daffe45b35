package io.nereid.bench.load.batching;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.TemporaryFolder;
import io.nereid.bench.load.server.MeasuredServer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The scenarios about batching, fairness and overload, from the command line. */
public final class BatchingLoad {
    private BatchingLoad() {}

    /** Runs the scenario that the first argument names; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        List<String> words = List.of(arguments);
        if (words.isEmpty() || words.contains("--help")) {
            System.out.print(BatchingOptions.USAGE);
            return;
        }
        try {
            run(arguments[0], BatchingOptions.parse(Arrays.copyOfRange(arguments, 1, arguments.length)));
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + BatchingOptions.USAGE);
        } catch (LoadException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }

    private static void run(String scenario, BatchingOptions options) throws Exception {
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            Path directory = folder.path();
            switch (scenario) {
                case "calls" -> new CallCost(directory, options).run();
                case "batching" -> {
                    System.out.print(ClosedLoopScenario.header());
                    for (BatchedModel model : options.models()) {
                        try (MeasuredServer server = serve(directory, model, options)) {
                            new ClosedLoopScenario(server, options).run(model);
                        }
                    }
                }
                case "open" -> {
                    System.out.print(OpenLoopScenario.header());
                    for (BatchedModel model : options.models()) {
                        try (MeasuredServer server = serve(directory, model, options)) {
                            new OpenLoopScenario(server, options).run(model);
                        }
                    }
                }
                default -> throw new IllegalArgumentException("scenario '" + scenario + "' is unknown");
            }
        }
    }

    /** A fresh server for each model, so that one's compiled code and memory are not the next one's. */
    private static MeasuredServer serve(Path directory, BatchedModel model, BatchingOptions options)
            throws IOException, InterruptedException, LoadException {
        Path repository = directory.resolve(model.label());
        new BatchingRepository(repository, options).add(model);
        return MeasuredServer.start(repository, directory.resolve(model.label() + ".log"));
    }
}
