package io.nereid.bench.load.tail;

import io.nereid.bench.load.ClosedLoop;
import io.nereid.bench.load.Course;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.server.MeasuredServer;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.http.HttpTransport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures the bare session, the distribution and the transport in turns, and prints whether the tail is what is
 * wanted.
 */
final class TailScenario {
    private final Path folder;
    private final TailOptions options;
    private final Pace pace;
    private final Path food;
    private final Path identity;
    private final List<String> courses = new ArrayList<>();

    private TailScenario(Path folder, TailOptions options) throws IOException {
        this.folder = folder;
        this.options = options;
        this.pace = new Pace(options.seconds(), options.settleSeconds());
        this.food = TailRepository.writeFood(folder.resolve("food"), options.model());
        this.identity = TailRepository.writeIdentity(folder.resolve("identity"));
    }

    /**
     * Runs all rounds.
     *
     * @param folder an empty one, for models and logs
     */
    static void run(Path folder, TailOptions options) throws IOException, InterruptedException, LoadException {
        if (!Files.exists(options.distribution().resolve("lib/nereid.aot"))) {
            throw new LoadException(
                    "%s: no distribution with an AOT cache (expected what deploy/build-distribution makes)"
                            .formatted(options.distribution()));
        }
        new TailScenario(folder, options).runRounds();
    }

    private void runRounds() throws IOException, InterruptedException, LoadException {
        Map<Integer, List<Comparison>> rows = new TreeMap<>();
        System.out.print(Comparison.header());
        for (int round = 1; round <= options.rounds(); round++) {
            for (int clients : options.concurrencies()) {
                Comparison row = compare(round, clients);
                System.out.print(row.row("" + round, clients));
                rows.computeIfAbsent(clients, any -> new ArrayList<>()).add(row);
            }
        }
        if (options.rounds() > 1) {
            rows.forEach((clients, all) -> System.out.print(Comparison.median(all).row("median", clients)));
        }
        System.out.println("\np99 in ms of each second from the moment the process was ready:");
        courses.forEach(System.out::println);
    }

    private Comparison compare(int round, int clients) throws IOException, InterruptedException, LoadException {
        Turn bare = BareProcess.run(options.model(), clients, pace);
        courses.add(course("bare", round, clients, bare));
        Turn served = serve(food, TailRepository.foodRequest(), clients);
        courses.add(course("served", round, clients, served));
        Turn transport = serve(identity, TailRepository.identityRequest(), clients);
        courses.add(course("identity", round, clients, transport));
        return new Comparison(bare.figures(), served.figures(), transport.figures());
    }

    private static String course(String what, int round, int clients, Turn turn) {
        return "round %d, %d clients, %s: %s".formatted(round, clients, what, turn.course());
    }

    private Turn serve(Path repository, ByteBuffer request, int clients)
            throws IOException, InterruptedException, LoadException {
        try (MeasuredServer server = MeasuredServer.startDistribution(options.launcher(), repository,
                folder.resolve("server.log"))) {
            Course course = pace.begin();
            try (LoadGenerator load = new ClosedLoop(new HttpTransport(server.address(), List.of(request)))
                    .start(clients)) {
                return pace.follow(server.pid(), course, load);
            }
        }
    }
}
