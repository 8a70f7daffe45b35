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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** One run: asks the server what its model is, measures level after level, and reports. */
final class PerfRun {
    private static final double NANOS_PER_MILLI = 1e6;

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
        } catch (IOException e) {
            err.println("nereid perf: no answer from " + options.server() + ": " + reason(e)
                    + " (is the server running? -u HOST:PORT names another)");
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
            PreparedLoad load = PreparedLoad.of(options, served.address(), served.description(), data,
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
        for (int i = 0; options.levels().has(i); i++) {
            LoadLevel level = level(i);
            Measured<StatisticsSnapshot> measured = measurement.measure(level, options.input().batchSize(),
                    budget -> load.start(level.load(), budget),
                    () -> StatisticsSnapshot.take(calls::statistics, models));
            MeasuredLevel reported = new MeasuredLevel(measured.result(), measured.after().since(measured.before()));
            levels.add(reported);
            progress.clear();
            out.println(report.level(reported));
            if (isBeyondThreshold(measured.result())) {
                break;
            }
        }
    }

    private LoadLevel level(int index) {
        double figure = options.levels().level(index);
        Load load = options.open() ? new Load.RequestRate(figure, options.distribution())
                : new Load.Concurrency((int) figure);
        return new LoadLevel(load, options.protocol(), options.sharedMemory());
    }

    /** Whether to measure no further level: the latency is above its threshold, or nothing is answered any more. */
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

    private ExitCode verdict() {
        boolean toleratesErrors = options.limits().maxErrorRate().isPresent();
        boolean missed = false;
        for (MeasuredLevel level : levels) {
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
