package io.nereid.perf.cli;

import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.client.Arrivals;
import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.PoissonArrivals;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.RunningLoad;
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
import io.nereid.perf.request.GrpcRequests;
import io.nereid.perf.request.HttpRequests;
import io.nereid.perf.request.InferRequest;
import io.nereid.perf.request.TensorFormat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The requests of a run, written, and what starts a load of them. */
final class PreparedLoad {
    private static final int MAX_UNDER_WAY = 512;

    private final PerfOptions options;
    private final Transport transport;

    private PreparedLoad(PerfOptions options, Transport transport) {
        this.options = options;
        this.transport = transport;
    }

    /**
     * Writes the requests.
     *
     * @param binary whether the server has the extension for binary tensors over HTTP
     * @param placement where their tensors lie
     */
    static PreparedLoad of(PerfOptions options, InetSocketAddress address, ModelDescription model, InputData data,
            boolean binary, TensorPlacement placement) throws InputException, IOException {
        List<InferRequest> requests = new ArrayList<>();
        for (int i = 0; i < data.requestCount(); i++) {
            requests.add(placement.place(options, model, data.request(i)));
        }
        Transport transport = options.protocol() == Protocol.HTTP ? http(options, address, binary, requests)
                : grpc(options, address, model, requests);
        return new PreparedLoad(options, transport);
    }

    private static Transport http(PerfOptions options, InetSocketAddress address, boolean binary,
            List<InferRequest> requests) {
        TensorFormat usual = binary ? TensorFormat.BINARY : TensorFormat.JSON;
        HttpRequests writer = new HttpRequests(options.server().toString(),
                HttpTransport.inferPath(options.model(), options.version()), options.headers(),
                options.inputFormat().orElse(usual), options.outputFormat().orElse(usual));
        return new HttpTransport(address, requests.stream().map(writer::write).toList());
    }

    private static Transport grpc(PerfOptions options, InetSocketAddress address, ModelDescription model,
            List<InferRequest> requests) {
        GrpcTransport.Method method = options.protocol() == Protocol.GRPC ? GrpcTransport.Method.UNARY
                : model.decoupled() ? GrpcTransport.Method.DECOUPLED_STREAM : GrpcTransport.Method.STREAM;
        List<ByteBuffer> messages = requests.stream()
                .map(request -> GrpcRequests.write(request, method == GrpcTransport.Method.DECOUPLED_STREAM)).toList();
        return new GrpcTransport(address, options.server().toString(), method, messages,
                GrpcTransport.USUAL_CALLS);
    }

    /** Starts it. */
    RunningLoad start(Load load, RequestBudget budget) throws IOException {
        ClientOptions clients = ClientOptions.DEFAULT.withTimeout(options.clientTimeout());
        return switch (load) {
            case Load.Concurrency concurrency -> LoadGenerator.closedLoop(transport, concurrency.requests(),
                    options.maxThreads(), clients, budget);
            case Load.RequestRate rate -> LoadGenerator.openLoop(transport, thread -> arrivals(rate, thread),
                    options.maxThreads(), MAX_UNDER_WAY, clients, budget);
        };
    }

    /** Of one thread: all of them together have the rate. */
    private Arrivals arrivals(Load.RequestRate rate, int thread) {
        double perSecond = rate.perSecond() / options.maxThreads();
        return switch (rate.distribution()) {
            case CONSTANT -> Arrivals.constant(perSecond, (double) thread / options.maxThreads());
            case POISSON -> new PoissonArrivals(thread, perSecond);
        };
    }

    /** Of that protocol. */
    static ServerCalls calls(PerfOptions options, InetSocketAddress address) {
        return options.protocol() == Protocol.HTTP
                ? new HttpCalls(address, options.server().toString(), options.version(),
                        options.headers())
                : new GrpcCalls(address, options.server().toString(), options.version());
    }
}
