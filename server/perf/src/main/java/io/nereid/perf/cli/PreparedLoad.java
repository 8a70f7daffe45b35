package io.nereid.perf.cli;

import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.client.Arrivals;
import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.PoissonArrivals;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.RequestList;
import io.nereid.perf.client.RunningLoad;
import io.nereid.perf.client.SequenceRequests;
import io.nereid.perf.client.SequenceStep;
import io.nereid.perf.client.Transport;
import io.nereid.perf.grpc.GrpcCalls;
import io.nereid.perf.grpc.GrpcTransport;
import io.nereid.perf.http.HttpCalls;
import io.nereid.perf.http.HttpTransport;
import io.nereid.perf.input.InputData;
import io.nereid.perf.input.InputException;
import io.nereid.perf.input.ModelDescription;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.network.Endpoint;
import io.nereid.perf.request.GrpcRequests;
import io.nereid.perf.request.HttpRequests;
import io.nereid.perf.request.InferRequest;
import io.nereid.perf.request.TensorFormat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The requests of a run, written, and what starts a load of them. */
final class PreparedLoad {
    private static final int MAX_UNDER_WAY = 512;

    private final PerfOptions options;
    private final Transport transport;
    private final int maxUnderWay;

    private PreparedLoad(PerfOptions options, Transport transport, int maxUnderWay) {
        this.options = options;
        this.transport = transport;
        this.maxUnderWay = maxUnderWay;
    }

    /**
     * Writes the requests.
     *
     * @param binary whether the server has the extension for binary tensors over HTTP
     * @param placement where their tensors lie
     */
    static PreparedLoad of(PerfOptions options, Endpoint server, ModelDescription model, InputData data,
            boolean binary, TensorPlacement placement) throws InputException, IOException {
        int underWay = model.sequences() ? options.sequences().number() : MAX_UNDER_WAY;
        return new PreparedLoad(options, options.protocol() == Protocol.HTTP
                ? http(options, server, model, data, binary, placement)
                : grpc(options, server, model, data, placement), underWay);
    }

    private static Transport http(PerfOptions options, Endpoint server, ModelDescription model, InputData data,
            boolean binary, TensorPlacement placement) throws InputException, IOException {
        TensorFormat usual = binary ? TensorFormat.BINARY : TensorFormat.JSON;
        HttpRequests writer = new HttpRequests(options.server().toString(),
                HttpTransport.inferPath(options.model(), options.version()), options.headers(),
                options.inputFormat().orElse(usual), options.outputFormat().orElse(usual));
        RequestList requests = model.sequences()
                ? sequences(options, model, data, placement, writer::writeStep)
                : inTurn(options, model, data, placement, writer::write);
        return new HttpTransport(server, requests);
    }

    private static Transport grpc(PerfOptions options, Endpoint server, ModelDescription model, InputData data,
            TensorPlacement placement) throws InputException, IOException {
        GrpcTransport.Method method = options.protocol() == Protocol.GRPC ? GrpcTransport.Method.UNARY
                : model.decoupled() ? GrpcTransport.Method.DECOUPLED_STREAM : GrpcTransport.Method.STREAM;
        boolean decoupled = method == GrpcTransport.Method.DECOUPLED_STREAM;
        RequestList requests = model.sequences()
                ? sequences(options, model, data, placement, request -> GrpcRequests.writeStep(request, decoupled))
                : inTurn(options, model, data, placement, request -> GrpcRequests.write(request, decoupled));
        return new GrpcTransport(server, options.server().toString(), method, requests, GrpcTransport.USUAL_CALLS);
    }

    private static RequestList inTurn(PerfOptions options, ModelDescription model, InputData data,
            TensorPlacement placement, Function<InferRequest, ByteBuffer> writer) throws InputException, IOException {
        List<ByteBuffer> requests = new ArrayList<>();
        for (int i = 0; i < data.requestCount(); i++) {
            requests.add(writer.apply(placement.place(options, model, data.request(i))));
        }
        return RequestList.of(requests);
    }

    private static RequestList sequences(PerfOptions options, ModelDescription model, InputData data,
            TensorPlacement placement, Function<InferRequest, SequenceStep> writer) throws InputException, IOException {
        List<List<SequenceStep>> streams = new ArrayList<>();
        for (int stream = 0; stream < data.streams(); stream++) {
            List<SequenceStep> steps = new ArrayList<>();
            for (int step = 0; step < data.steps(stream); step++) {
                steps.add(writer.apply(placement.place(options, model, data.request(stream, step))));
            }
            streams.add(steps);
        }
        return new SequenceRequests(streams, options.sequences().lengths(), options.sequences().ids());
    }

    /** Starts it. */
    RunningLoad start(Load load, RequestBudget budget) throws IOException {
        ClientOptions clients = ClientOptions.DEFAULT.withTimeout(options.clientTimeout());
        return switch (load) {
            case Load.Concurrency concurrency -> LoadGenerator.closedLoop(transport, concurrency.requests(),
                    options.maxThreads(), clients, budget);
            case Load.RequestRate rate -> LoadGenerator.openLoop(transport, thread -> arrivals(rate, thread),
                    threads(), maxUnderWay, clients, budget);
        };
    }

    /** No more than there are clients. */
    private int threads() {
        return Math.min(options.maxThreads(), maxUnderWay);
    }

    /** Of one thread: all of them together have the rate. */
    private Arrivals arrivals(Load.RequestRate rate, int thread) {
        double perSecond = rate.perSecond() / threads();
        return switch (rate.distribution()) {
            case CONSTANT -> Arrivals.constant(perSecond, (double) thread / threads());
            case POISSON -> new PoissonArrivals(thread, perSecond);
        };
    }

    /** Of that protocol. */
    static ServerCalls calls(PerfOptions options, Endpoint server) {
        return options.protocol() == Protocol.HTTP
                ? new HttpCalls(server, options.server().toString(), options.version(),
                        options.headers())
                : new GrpcCalls(server, options.server().toString(), options.version());
    }
}
