package io.nereid.perf.tune;

import io.nereid.perf.call.CallException;
import io.nereid.perf.http.HttpCalls;
import io.nereid.perf.input.InputException;
import io.nereid.perf.input.ModelDescription;
import io.nereid.perf.json.JsonObject;
import io.nereid.perf.measure.NoAnswerException;
import io.nereid.perf.process.ServerProcess;
import io.nereid.perf.process.ServerStartException;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One search, from the user's file to the configuration to use. */
final class TuneRun {
    /** A level with twice the requests under way that answers less than this much more is the last. */
    private static final double WORTHWHILE = 1.03;
    private static final Duration LOAD = Duration.ofMinutes(10);

    private final TuneOptions options;
    private final TuneReport report;
    private final PrintStream out;
    private final TrialRepository repository;
    private final HttpCalls calls;
    private int begun;

    private TuneRun(TuneOptions options, PrintStream out, PrintStream err, TrialRepository repository,
            HttpCalls calls) {
        this.options = options;
        this.report = new TuneReport(options.goal(), out, err);
        this.out = out;
        this.repository = repository;
        this.calls = calls;
    }

    /**
     * Searches, which blocks.
     *
     * @param launcher the program {@code nereid}
     * @param out the table and the configuration
     * @param err progress
     * @return whether there are settings within the limit
     * @throws TuneException if the model cannot be served or tuned
     */
    static boolean run(TuneOptions options, Path launcher, PrintStream out, PrintStream err)
            throws IOException, InterruptedException, TuneException {
        Path log = Files.createTempFile("nereid-tune", ".log");
        try (TrialRepository repository = TrialRepository.of(options.repository(), options.model())) {
            TunedConfig written = TunedConfig.parse(repository.written());
            repository.write(repository.written());
            try (ServerProcess server = start(launcher, repository.root(), log)) {
                return new TuneRun(options, out, err, repository, server.calls()).search(written, server.address());
            } catch (ServerStartException e) {
                throw new TuneException(String.valueOf(e.getMessage()));
            }
        } finally {
            Files.deleteIfExists(log);
        }
    }

    /** A server that loads the model when a trial asks for it. */
    private static ServerProcess start(Path launcher, Path repository, Path log)
            throws IOException, InterruptedException {
        int port = ServerProcess.freePorts(1).getFirst();
        List<String> command = List.of(launcher.toString(), "--model-repository=" + repository,
                "--model-control-mode=explicit", "--http-address=127.0.0.1", "--http-port=" + port,
                "--allow-grpc=false", "--allow-metrics=false");
        return ServerProcess.start(command, Map.of(), port, log);
    }

    private boolean search(TunedConfig written, InetSocketAddress address)
            throws IOException, InterruptedException, TuneException {
        load();
        JsonObject config = calls.configuration(options.model());
        ServedConfig served = ServedConfig.of(config);
        TrialLoad load = trialLoad(address, calls.modelMetadata(options.model()), config);
        SearchSpace space = SearchSpace.of(options, served, written, Runtime.getRuntime().availableProcessors());

        report.begin(options, space);
        Search search = new Search(space, options.goal(), settings -> trial(settings, written, served, load));
        Trial best = options.full() ? search.full() : search.quick(space.starts(written));
        repository.write(repository.written());
        load();
        report.progress("as it is written");
        List<Level> asWritten = levels(load);
        return conclude(search, best, asWritten, written.with(best.settings(), served.maxBatchSize(),
                served.takesThreads()));
    }

    /** Loads the model as its configuration now stands, in the place of what is loaded. */
    private void load() throws IOException, TuneException {
        try {
            calls.load(options.model(), LOAD);
        } catch (CallException e) {
            throw new TuneException("not loaded: " + e.getMessage());
        }
    }

    private TrialLoad trialLoad(InetSocketAddress address, JsonObject metadata, JsonObject config)
            throws TuneException {
        try {
            return TrialLoad.of(address, ModelDescription.of(metadata, Optional.of(config)), options.inputs(),
                    options.window());
        } catch (InputException e) {
            throw new TuneException(String.valueOf(e.getMessage()));
        }
    }

    private Trial trial(Settings settings, TunedConfig written, ServedConfig served, TrialLoad load)
            throws IOException, InterruptedException {
        report.progress(++begun + ": " + TuneReport.describe(settings));
        repository.write(written.with(settings, served.maxBatchSize(), served.takesThreads()));
        try {
            load();
            return new Trial(settings, levels(load));
        } catch (TuneException e) {
            report.progress("   " + e.getMessage());
            return new Trial(settings, List.of());
        }
    }

    /** Levels from the first to the last, as long as more requests under way help and the limit is kept. */
    private List<Level> levels(TrialLoad load) throws IOException, InterruptedException {
        List<Level> levels = new ArrayList<>();
        double most = 0;
        for (int concurrency = options.firstConcurrency(); concurrency <= options.lastConcurrency(); concurrency *= 2) {
            Level level;
            try {
                level = load.measure(concurrency);
            } catch (NoAnswerException e) {
                report.progress("   " + e.getMessage());
                break;
            }
            levels.add(level);
            report.progress("   " + TuneReport.describe(level));
            if (!options.goal().isMetBy(level) || level.perSecond() < most * WORTHWHILE) {
                break;
            }
            most = level.perSecond();
        }
        return levels;
    }

    private boolean conclude(Search search, Trial best, List<Level> asWritten, String config) throws IOException {
        report.table(search.trials(), asWritten);
        if (options.goal().within(best.levels()) == null) {
            out.println("Nothing that was tried keeps p99 within the limit.");
            return false;
        }
        report.choice(best, asWritten);
        if (options.output().isPresent()) {
            Files.writeString(options.output().get(), config);
            out.println("Written to " + options.output().get());
        } else {
            out.print("\nconfig.pbtxt to use:\n\n" + config);
        }
        return true;
    }
}
