package io.nereid.perf.cli;

import io.nereid.perf.call.CallException;
import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.input.InputData;
import io.nereid.perf.input.InputException;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.LoadLevel;
import io.nereid.perf.measure.Measured;
import io.nereid.perf.measure.Measurement;
import io.nereid.perf.measure.NoAnswerException;
import io.nereid.perf.measure.ProcessorTime;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.Result;
import io.nereid.perf.report.CsvReport;
import io.nereid.perf.report.HtmlReport;
import io.nereid.perf.report.Machine;
import io.nereid.perf.report.MeasuredLevel;
import io.nereid.perf.report.MeasuredRun;
import io.nereid.perf.report.TextReport;
import io.nereid.perf.statistics.ComposingModels;
import io.nereid.perf.statistics.StatisticsSnapshot;

import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

import javax.net.ssl.SSLException;

/** One run: asks the server what its model is, measures level after level, and reports. */
final class PerfRun {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final Comparator<MeasuredLevel> BY_FIGURE = Comparator
            .comparingDouble(level -> figure(level.result().level().load()));

    private final PerfOptions options;
    private final String commandLine;
    private final PrintStream out;
    private final PrintStream err;
    private final TerminalProgress progress;
    private final Measurement measurement;
    private final List<MeasuredLevel> levels = new ArrayList<>();

    /**
     * Prepares the run.
     *
     * @param commandLine for the report
     * @param out the report
     * @param err progress, and what goes wrong
     * @param showsProgress whether somebody looks at {@code err}
     */
    PerfRun(PerfOptions options, String commandLine, PrintStream out, PrintStream err, boolean showsProgress) {
        this.options = options;
        this.commandLine = commandLine;
        this.out = out;
        this.err = err;
        this.progress = new TerminalProgress(err, options);
        this.measurement = new Measurement(options.measurement(), showsProgress ? progress : (_, _, _) -> {
        }, System::nanoTime, ProcessorTime::seconds);
    }

    /** Runs to its end, which blocks. */
    ExitCode run() throws InterruptedException {
        try {
            checkWritable();
            ServedModel served = ServedModel.ask(options);
            return measureAll(served);
        } catch (InputException | UsageException e) {
            return fail(ExitCode.USAGE, e);
        } catch (CallException e) {
            err.println("nereid perf: the server at " + options.server() + " answers: " + e.getMessage());
            return ExitCode.FAILED;
        } catch (NoAnswerException e) {
            return fail(ExitCode.FAILED, e);
        } catch (SSLException e) {
            err.println("nereid perf: no TLS with " + options.server() + ": "
                    + TlsFailure.explain(e, options.protocol()));
            return ExitCode.FAILED;
        } catch (IOException e) {
            err.println("nereid perf: no answer from " + options.server() + ": " + reasonAndHint(e));
            return ExitCode.FAILED;
        } finally {
            progress.clear();
        }
    }

    private ExitCode fail(ExitCode code, Exception e) {
        progress.clear();
        err.println("nereid perf: " + e.getMessage());
        return code;
    }

    private String reasonAndHint(IOException e) {
        String reason = reason(e);
        boolean ended = reason.contains("closed the connection") || reason.contains("reset");
        if (options.tls().isPresent() && !(e instanceof ConnectException)) {
            return TlsFailure.explain(e, options.protocol());
        }
        return reason + (!ended ? " (is the server running? -u HOST:PORT names another)"
                : options.protocol() == Protocol.HTTP ? " (does it want TLS? -u https://HOST:PORT)"
                        : " (does it want TLS? --ssl-grpc-use-ssl)");
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Better to know before minutes of measuring than after them. */
    private void checkWritable() throws UsageException {
        for (String file : List.of(options.csvFile().orElse(""), options.reportFile().orElse(""))) {
            Path folder = Path.of(file).toAbsolutePath().getParent();
            if (!file.isEmpty() && (folder == null || !Files.isWritable(folder) || Files.isDirectory(Path.of(file)))) {
                throw new UsageException("cannot write " + file);
            }
        }
    }

    private ExitCode measureAll(ServedModel served)
            throws IOException, InputException, InterruptedException, NoAnswerException {
        InputData data = InputData.load(served.description(), options.input());
        out.print(served.heading(options));
        Instant started = Instant.now();
        TensorPlacement placement = TensorPlacement.of(options.sharedMemory());
        Thread cleaning = new Thread(() -> release(placement, served.calls()));
        Runtime.getRuntime().addShutdownHook(cleaning);
        try {
            PreparedLoad load = PreparedLoad.of(options, served.server(), served.description(), data,
                    served.readsBinary(), placement);
            placement.shareWith(served.calls());
            measureLevels(load, served.calls());
        } finally {
            release(placement, served.calls());
            Runtime.getRuntime().removeShutdownHook(cleaning);
        }
        report(served, started);
        return verdict();
    }

    private void release(TensorPlacement placement, ServerCalls calls) {
        try (placement) {
            placement.unshareWith(calls);
        } catch (IOException e) {
            err.println("nereid perf: shared memory was not given back: " + reason(e));
        }
    }

    private void measureLevels(PreparedLoad load, ServerCalls calls)
            throws IOException, InterruptedException, NoAnswerException {
        List<String> models = ComposingModels.withCaller(options.model(), calls::configuration);
        TextReport report = new TextReport(options.measurement().percentile());
        LevelSearch search = options.binarySearch() ? LevelSearch.binary(options.levels(), !options.open())
                : LevelSearch.linear(options.levels());
        for (OptionalDouble next = search.next(); next.isPresent(); next = search.next()) {
            LoadLevel level = level(next.getAsDouble());
            Measured<StatisticsSnapshot> measured = measurement.measure(level, options.input().batchSize(),
                    budget -> load.start(level.load(), budget),
                    () -> StatisticsSnapshot.take(calls::statistics, models));
            MeasuredLevel reported = new MeasuredLevel(measured.result(), measured.after().since(measured.before()));
            levels.add(reported);
            progress.clear();
            out.println(report.level(reported));
            search.measured(isBeyondThreshold(measured.result()));
        }
    }

    private LoadLevel level(double figure) {
        Load load = options.open() ? new Load.RequestRate(figure, options.distribution())
                : new Load.Concurrency((int) figure);
        return new LoadLevel(load, options.protocol(), options.sharedMemory());
    }

    /** Whether a higher level is not worth measuring: the latency is above its threshold, or nothing is answered any more. */
    private boolean isBeyondThreshold(Result result) {
        if (result.requests() == 0) {
            return true;
        }
        OptionalDouble percentile = options.measurement().percentile();
        double nanos = percentile.isPresent() ? result.latencies().percentileNanos(percentile.getAsDouble())
                : result.latencies().meanNanos();
        return options.latencyThresholdMillis().isPresent()
                && nanos / NANOS_PER_MILLI > options.latencyThresholdMillis().getAsDouble();
    }

    private void report(ServedModel served, Instant started) throws IOException {
        levels.sort(BY_FIGURE);
        out.print(new TextReport(options.measurement().percentile()).summary(levels));
        if (options.csvFile().isPresent()) {
            Files.writeString(Path.of(options.csvFile().get()),
                    CsvReport.of(levels, options.measurement().percentile()));
        }
        if (options.reportFile().isPresent()) {
            MeasuredRun run = new MeasuredRun(options.model(), served.serverName(), options.server().toString(),
                    commandLine, Machine.describe(), started, levels);
            Files.writeString(Path.of(options.reportFile().get()), HtmlReport.of(run));
        }
    }

    /** Of a binary search the highest level within the threshold is what is judged, and the others were its way. */
    private ExitCode verdict() {
        if (!options.binarySearch()) {
            return verdict(levels);
        }
        String threshold = "--latency-threshold " + options.latencyThresholdMillis().orElseThrow() + " ms";
        Optional<MeasuredLevel> found = levels.stream().filter(level -> !isBeyondThreshold(level.result()))
                .max(BY_FIGURE);
        if (found.isEmpty()) {
            err.println("nereid perf: no level is within " + threshold);
            return ExitCode.LIMIT_MISSED;
        }
        out.println("Highest level within " + threshold + ": " + describe(found.get().result().level().load()));
        return verdict(List.of(found.get()));
    }

    private ExitCode verdict(List<MeasuredLevel> judged) {
        boolean toleratesErrors = options.limits().maxErrorRate().isPresent();
        boolean missed = false;
        for (MeasuredLevel level : judged) {
            Result result = level.result();
            if (result.requests() == 0 || (result.errors() > 0 && !toleratesErrors)) {
                String texts = String.join("; ", result.sample().errorTexts());
                err.println("nereid perf: " + describe(result.level().load()) + ": "
                        + (result.requests() == 0 ? "no request was answered" : result.errors() + " requests failed")
                        + (texts.isEmpty() ? "" : ": " + texts));
                return ExitCode.FAILED;
            }
            List<String> sentences = options.limits().missed(describe(result.level().load()), result);
            sentences.forEach(sentence -> err.println("nereid perf: " + sentence));
            missed |= !sentences.isEmpty();
        }
        return missed ? ExitCode.LIMIT_MISSED : ExitCode.OK;
    }

    private static double figure(Load load) {
        return switch (load) {
            case Load.Concurrency concurrency -> concurrency.requests();
            case Load.RequestRate rate -> rate.perSecond();
        };
    }

    /** A level in words. */
    static String describe(Load load) {
        return switch (load) {
            case Load.Concurrency concurrency -> "concurrency " + concurrency.requests();
            case Load.RequestRate rate -> String.format(Locale.ROOT, "%s requests/s",
                    Double.toString(rate.perSecond()).replaceAll("\\.0$", ""));
        };
    }

    /** How requests go, in words. */
    static String describe(Protocol protocol) {
        return switch (protocol) {
            case HTTP -> "HTTP";
            case GRPC -> "gRPC";
            case GRPC_STREAM -> "gRPC streams";
        };
    }
}
