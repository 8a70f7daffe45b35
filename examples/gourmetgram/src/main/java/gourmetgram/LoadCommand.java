package gourmetgram;

import gourmetgram.load.Comparison;
import gourmetgram.load.LoadPlan;
import gourmetgram.load.LoadTest;
import gourmetgram.v2.ServerAddress;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code load}: the load test, of a service that runs or of all that it starts for a comparison. */
final class LoadCommand {
    static final Set<String> OPTIONS = Set.of("url", "image", "warm-up", "sequential", "requests", "senders", "models",
            "nereid");

    private static final int SERVICE_PORT = 8010;
    private static final int MOST_REQUESTS = 1_000_000;
    private static final int MOST_SENDERS = 200;

    private LoadCommand() {}

    static int run(Options options) throws UsageException, IOException, InterruptedException {
        LoadPlan plan = new LoadPlan(options.number("warm-up", 200, 0, MOST_REQUESTS),
                options.number("sequential", 100, 1, MOST_REQUESTS),
                options.number("requests", 1000, 1, MOST_REQUESTS), options.number("senders", 16, 1, MOST_SENDERS));
        String url = options.text("url", "");
        LoadTest test;
        if (url.isEmpty()) {
            test = LoadTest.ofStarted(plan, photograph(options), System.err);
            new Comparison(thisApplication(), Path.of(options.text("nereid", "nereid")),
                    Path.of(options.text("models", "models"))).run(test);
        } else {
            test = LoadTest.ofRunning(plan, photograph(options), System.err);
            test.service("prediction service", service(url));
        }
        System.out.print(test.table());
        return test.hasFailed() ? 1 : 0;
    }

    private static byte[] photograph(Options options) throws UsageException, IOException {
        Path file = Path.of(options.text("image", "photograph.jpg"));
        if (!Files.isReadable(file)) {
            throw new UsageException("--image: got '" + file + "' (expected a file that can be read)");
        }
        return Files.readAllBytes(file);
    }

    /** With or without the path: the tutorial's has it. */
    private static URI service(String url) throws UsageException, IOException {
        String address = url.endsWith("/predict") ? url.substring(0, url.length() - "/predict".length()) : url;
        try {
            return ServerAddress.parse(address, SERVICE_PORT).uri("/");
        } catch (IllegalArgumentException e) {
            throw new UsageException("--url: " + e.getMessage());
        }
    }

    /** The Java that this process runs in, with the same options. */
    private static List<String> thisApplication() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), Main.class.getName()));
        return command;
    }
}
