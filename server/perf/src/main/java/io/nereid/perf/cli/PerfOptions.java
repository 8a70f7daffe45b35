package io.nereid.perf.cli;

import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.input.InputException;
import io.nereid.perf.input.InputOptions;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.MeasurementOptions;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.network.TlsFiles;
import io.nereid.perf.request.TensorFormat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a run is to do.
 *
 * @param version of the model, the server's choice if empty
 * @param tls empty for a server without it
 * @param open whether the levels are rates and not numbers of requests under way
 * @param binarySearch whether levels are halved to find the highest whose latency is within its threshold
 * @param latencyThresholdMillis no further level is measured once a latency is above this
 * @param clientTimeout how long a client waits for an answer; zero for as long as it takes
 * @param outputBytes of shared memory for each output whose size is not known
 * @param headers of HTTP, each with its line end
 * @param inputFormat empty for what the server reads
 * @param outputFormat empty for what the server writes
 */
record PerfOptions(String model, String version, ServerAddress server, Optional<TlsFiles> tls,
        Protocol protocol, LevelRange levels,
        boolean open, boolean binarySearch, Load.Distribution distribution, MeasurementOptions measurement,
        OptionalDouble latencyThresholdMillis, Duration clientTimeout, int maxThreads, InputOptions input,
        SequenceOptions sequences, SharedMemory sharedMemory, int outputBytes, String headers,
        Optional<TensorFormat> inputFormat, Optional<TensorFormat> outputFormat,
        Optional<String> csvFile, Optional<String> reportFile, Limits limits) {
    /** Of perf_analyzer. */
    private static final int OUTPUT_BYTES = 102_400;

    private enum Wire {
        HTTP,
        GRPC
    }

    private enum Memory {
        NONE,
        SYSTEM,
        CUDA
    }

    /** From the arguments, which are checked one by one and together. */
    static PerfOptions parse(PerfArguments arguments) throws UsageException {
        if (!arguments.text(PerfFlag.SERVICE_KIND).orElse("triton").equals("triton")) {
            throw new UsageException("--service-kind: got '" + arguments.text(PerfFlag.SERVICE_KIND).orElse("")
                    + "' (expected triton: any server of the v2 protocol)");
        }
        boolean open = arguments.has(PerfFlag.REQUEST_RATE_RANGE);
        if (open && arguments.has(PerfFlag.CONCURRENCY_RANGE)) {
            throw new UsageException("--concurrency-range and --request-rate-range: got both (expected one of them)");
        }
        Protocol protocol = protocol(arguments);
        InputOptions input = input(arguments);
        PerfOptions options = new PerfOptions(model(arguments), arguments.text(PerfFlag.MODEL_VERSION).orElse(""),
                ServerAddress.parse(arguments.text(PerfFlag.URL), protocol), TlsOptions.parse(arguments, protocol),
                protocol, levels(arguments, open), open, arguments.has(PerfFlag.BINARY_SEARCH),
                arguments.choice(PerfFlag.REQUEST_DISTRIBUTION, List.of(Load.Distribution.values())),
                measurement(arguments), arguments.decimal(PerfFlag.LATENCY_THRESHOLD, 0, Double.MAX_VALUE),
                Duration.ofMillis(arguments.number(PerfFlag.CLIENT_TIMEOUT, 1, 0)),
                arguments.number(PerfFlag.MAX_THREADS, 1, LoadGenerator.usualThreads()),
                input, SequenceOptions.parse(arguments, input.source()), sharedMemory(arguments),
                arguments.number(PerfFlag.OUTPUT_SHARED_MEMORY_SIZE, 1, OUTPUT_BYTES), headers(arguments),
                format(arguments, PerfFlag.INPUT_TENSOR_FORMAT), format(arguments, PerfFlag.OUTPUT_TENSOR_FORMAT),
                arguments.text(PerfFlag.FILENAME), arguments.text(PerfFlag.REPORT), Limits.parse(arguments));
        options.check();
        return options;
    }

    /** How many requests are under way at most; infinite where there is no end of levels. */
    double mostUnderWay() {
        return open ? sequences.number() : levels.isOpenEnded() ? Double.POSITIVE_INFINITY : levels.end();
    }

    private void check() throws UsageException {
        if (levels.isOpenEnded() && latencyThresholdMillis.isEmpty()) {
            throw new UsageException("a range without an end needs --latency-threshold, at which it ends");
        }
        if (binarySearch && (levels.isOpenEnded() || levels.start() == levels.end())) {
            throw new UsageException("--binary-search: got it without a range to search (expected "
                    + (open ? "--request-rate-range" : "--concurrency-range") + " START:END, or START:END:PRECISION)");
        }
        if (binarySearch && latencyThresholdMillis.isEmpty()) {
            throw new UsageException("--binary-search: got it without --latency-threshold (expected both: it looks for "
                    + "the highest level within that latency)");
        }
    }

    private static String model(PerfArguments arguments) throws UsageException {
        return arguments.text(PerfFlag.MODEL).filter(name -> !name.isEmpty())
                .orElseThrow(() -> new UsageException("which model? Give it as -m NAME"));
    }

    private static Protocol protocol(PerfArguments arguments) throws UsageException {
        Wire wire = arguments.choice(PerfFlag.PROTOCOL, List.of(Wire.values()));
        boolean streaming = arguments.has(PerfFlag.STREAMING);
        if (wire == Wire.HTTP && streaming) {
            throw new UsageException("--streaming: got it with -i http (expected -i grpc, which has streams)");
        }
        return wire == Wire.HTTP ? Protocol.HTTP : streaming ? Protocol.GRPC_STREAM : Protocol.GRPC;
    }

    private static LevelRange levels(PerfArguments arguments, boolean open) throws UsageException {
        PerfFlag flag = open ? PerfFlag.REQUEST_RATE_RANGE : PerfFlag.CONCURRENCY_RANGE;
        return LevelRange.parse(flag, arguments.text(flag).orElse("1"), !open);
    }

    private static MeasurementOptions measurement(PerfArguments arguments) throws UsageException {
        MeasurementOptions byDefault = MeasurementOptions.DEFAULT;
        int millis = arguments.number(PerfFlag.MEASUREMENT_INTERVAL, 1, (int) byDefault.window().toMillis());
        OptionalDouble percentile = arguments.decimal(PerfFlag.PERCENTILE, 0.001, 100);
        return new MeasurementOptions(Duration.ofMillis(millis),
                arguments.decimal(PerfFlag.STABILITY_PERCENTAGE, 0, Double.MAX_VALUE)
                        .orElse(byDefault.stabilityPercent()),
                arguments.number(PerfFlag.MAX_TRIALS, 1, byDefault.maxWindows()), percentile,
                arguments.number(PerfFlag.WARMUP_REQUEST_COUNT, 0, 0), arguments.number(PerfFlag.REQUEST_COUNT, 0, 0));
    }

    private static InputOptions input(PerfArguments arguments) throws UsageException {
        try {
            return new InputOptions(arguments.number(PerfFlag.BATCH_SIZE, 1, 1),
                    InputOptions.shapes(arguments.all(PerfFlag.SHAPE)),
                    InputOptions.source(arguments.all(PerfFlag.INPUT_DATA)),
                    arguments.number(PerfFlag.STRING_LENGTH, 0, InputOptions.DEFAULT.stringLength()),
                    arguments.text(PerfFlag.STRING_DATA));
        } catch (InputException e) {
            throw (UsageException) new UsageException(String.valueOf(e.getMessage())).initCause(e);
        }
    }

    private static SharedMemory sharedMemory(PerfArguments arguments) throws UsageException {
        return switch (arguments.choice(PerfFlag.SHARED_MEMORY, List.of(Memory.values()))) {
            case NONE -> SharedMemory.NONE;
            case SYSTEM -> SharedMemory.SYSTEM;
            case CUDA -> throw new UsageException("--shared-memory: got 'cuda', which is not built here (expected none "
                    + "or system)");
        };
    }

    private static String headers(PerfArguments arguments) throws UsageException {
        StringBuilder headers = new StringBuilder();
        for (String header : arguments.all(PerfFlag.HEADER)) {
            if (!header.matches("[!-9;-~]+:[\\x20-\\x7e]*")) {
                throw new UsageException("-H: got '" + header + "' (expected Name:Value)");
            }
            headers.append(header).append("\r\n");
        }
        return headers.toString();
    }

    private static Optional<TensorFormat> format(PerfArguments arguments, PerfFlag flag) throws UsageException {
        return arguments.has(flag) ? Optional.of(arguments.choice(flag, List.of(TensorFormat.values())))
                : Optional.empty();
    }
}
