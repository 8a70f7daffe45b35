package io.nereid.bench.load;

import io.nereid.inference.InferenceException;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Starts a server in this process, loads it with wrk, scenario by scenario, and prints what a request costs. */
public final class LoadScenario {
    private static final int WARMUP_STEP_SECONDS = 5;
    private static final long CALM_COMPILER_MILLIS_PER_SECOND = 20L;

    private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    private final LoadOptions options;
    private final Path directory;
    private final Wrk wrk;
    private final FirstAnswer firstAnswer;
    private long errors;

    private LoadScenario(LoadOptions options, Path directory, int port) {
        this.options = options;
        this.directory = directory;
        this.wrk = new Wrk(directory, port);
        this.firstAnswer = new FirstAnswer(port);
    }

    /** Runs the scenarios that the command line names; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("--help")) {
            System.out.print(LoadOptions.USAGE);
            return;
        }
        try {
            run(LoadOptions.parse(arguments));
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + LoadOptions.USAGE);
        } catch (LoadException | StartException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }

    private static void run(LoadOptions options) throws Exception {
        Wrk.requireInstalled();
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            Path directory = folder.path();
            Path models = directory.resolve("models");
            IdentityRepository.writeTo(models);
            ServerConfig config = ServerConfig.of(options.food11(), models)
                    .withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                    .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0)
                            .withThreads(options.httpThreads()));
            try (ModelServer server = ModelServer.start(config)) {
                new LoadScenario(options, directory, server.httpPort()).runAll();
            }
        }
    }

    private void runAll() throws IOException, InterruptedException, InferenceException, LoadException {
        System.out.print(Table.header());
        for (Scenario scenario : options.scenarios()) {
            Load load = load(scenario);
            firstAnswer.check(scenario, load);
            if (scenario == Scenario.FOOD) {
                try (BareLoop bare = BareLoop.ofFood(options.food11().resolve(scenario.model() + "/1/model.onnx"))) {
                    run(scenario, load, bare);
                }
            } else {
                run(scenario, load, null);
            }
        }
        if (errors > 0) {
            throw new LoadException(errors + " requests failed: the figures of their rows say nothing");
        }
    }

    private Load load(Scenario scenario) throws IOException {
        InferRequestBody request = InferRequestBody.of(scenario);
        Path file = Files.write(directory.resolve("body"), request.bytes());
        return new Load(scenario.label(), List.of("/v2/models/" + scenario.model() + "/infer"), request.headers(),
                file);
    }

    private void run(Scenario scenario, Load load, @Nullable BareLoop bare)
            throws IOException, InterruptedException, InferenceException, LoadException {
        warmUp(load);
        for (int round = 0; round < options.rounds(); round++) {
            for (int concurrency : options.concurrencies()) {
                if (bare == null) {
                    Measurement row = measure(load, concurrency);
                    print(row, Table.aim(scenario.aimMicros(), row));
                } else {
                    compare(load, concurrency, bare);
                }
            }
        }
    }

    /** Loads until hardly anything is compiled any more: else the figures would be the compiler's. */
    private void warmUp(Load load) throws IOException, InterruptedException, LoadException {
        int left = options.warmupSeconds();
        boolean calm = false;
        while (left > 0 && !calm) {
            int seconds = Math.min(WARMUP_STEP_SECONDS, left);
            long before = compiler.getTotalCompilationTime();
            wrk.run(load, options.highestConcurrency(), seconds);
            calm = compiler.getTotalCompilationTime() - before < seconds * CALM_COMPILER_MILLIS_PER_SECOND;
            left -= seconds;
        }
    }

    private void compare(Load load, int concurrency, BareLoop bare)
            throws IOException, InterruptedException, InferenceException, LoadException {
        Measurement before = bare.measure(options.seconds());
        Measurement row = measure(load, concurrency);
        Measurement after = bare.measure(options.seconds());
        print(before, "");
        print(row, Table.aimOverBare(row, List.of(before, after)));
        print(after, "");
    }

    private Measurement measure(Load load, int concurrency) throws IOException, InterruptedException, LoadException {
        ProcessCost before = ProcessCost.now();
        WrkReport report = wrk.run(load, concurrency, options.seconds());
        ProcessCost cost = ProcessCost.now().since(before);
        if (report.requests() == 0) {
            throw new LoadException("scenario '" + load.name() + "': no request was answered");
        }
        errors += report.errors();
        return new Measurement(load.name(), concurrency, report, cost);
    }

    private static void print(Measurement row, String aim) {
        System.out.print(Table.row(row, aim));
    }
}
