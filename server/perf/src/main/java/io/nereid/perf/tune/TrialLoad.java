package io.nereid.perf.tune;

import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.http.HttpTransport;
import io.nereid.perf.input.InputData;
import io.nereid.perf.input.InputException;
import io.nereid.perf.input.InputOptions;
import io.nereid.perf.input.InputTensor;
import io.nereid.perf.input.ModelDescription;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.LoadLevel;
import io.nereid.perf.measure.Measurement;
import io.nereid.perf.measure.MeasurementOptions;
import io.nereid.perf.measure.NoAnswerException;
import io.nereid.perf.measure.ProcessorTime;
import io.nereid.perf.measure.Progress;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.Result;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.request.HttpRequests;
import io.nereid.perf.request.InferRequest;
import io.nereid.perf.request.RequestedInput;
import io.nereid.perf.request.RequestedOutput;
import io.nereid.perf.request.TensorFormat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** The load that all trials are given: the same requests over HTTP, so many under way. */
final class TrialLoad {
    private static final double STABILITY_PERCENT = 10;
    private static final int MAX_WINDOWS = 10;
    private static final double P99 = 99;

    private final HttpTransport transport;
    private final Measurement measurement;

    private TrialLoad(HttpTransport transport, Measurement measurement) {
        this.transport = transport;
        this.measurement = measurement;
    }

    /**
     * Writes the requests.
     *
     * @param window how long the parts of a measurement are, of which three must agree
     * @throws InputException if the model's inputs cannot be made up by what the options say
     */
    static TrialLoad of(InetSocketAddress server, ModelDescription model, InputOptions inputs, Duration window)
            throws InputException {
        HttpRequests writer = new HttpRequests("localhost", HttpTransport.inferPath(model.name(), ""), "",
                TensorFormat.BINARY, TensorFormat.BINARY);
        List<RequestedOutput> outputs = model.outputs().stream()
                .map(output -> new RequestedOutput(output.name(), Optional.empty())).toList();
        InputData data = InputData.load(model, inputs);
        List<ByteBuffer> requests = new ArrayList<>();
        for (int i = 0; i < data.requestCount(); i++) {
            requests.add(writer.write(new InferRequest(model.name(), "", placed(data.request(i)), outputs)));
        }
        MeasurementOptions options = new MeasurementOptions(window, STABILITY_PERCENT, MAX_WINDOWS,
                OptionalDouble.empty(), 0, 0);
        Progress silent = (_, _, _) -> {
        };
        return new TrialLoad(new HttpTransport(server, requests),
                new Measurement(options, silent, System::nanoTime, ProcessorTime::seconds));
    }

    private static List<RequestedInput> placed(List<InputTensor> tensors) {
        return tensors.stream().map(tensor -> new RequestedInput(tensor, Optional.empty())).toList();
    }

    /** Keeps so many requests under way until the figures hold still, which blocks. */
    Level measure(int concurrency) throws IOException, InterruptedException, NoAnswerException {
        LoadLevel level = new LoadLevel(new Load.Concurrency(concurrency), Protocol.HTTP, SharedMemory.NONE);
        Result result = measurement.measure(level, 1,
                budget -> LoadGenerator.closedLoop(transport, concurrency, 1, ClientOptions.DEFAULT, budget), () -> 0)
                .result();
        return new Level(concurrency, result.inferencesPerSecond(), result.latencies().percentileNanos(P99),
                result.errors());
    }
}
