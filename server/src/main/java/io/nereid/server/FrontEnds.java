package io.nereid.server;

import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.GrpcFrontEnd;
import io.nereid.server.http.HttpFrontEnd;
import io.nereid.server.http.HttpService;
import io.nereid.server.service.Services;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.FutureTask;

/** The ports of one server: which there are, and how they end. */
final class FrontEnds {
    private final @Nullable HttpFrontEnd http;
    private final @Nullable GrpcFrontEnd grpc;

    private FrontEnds(@Nullable HttpFrontEnd http, @Nullable GrpcFrontEnd grpc) {
        this.http = http;
        this.grpc = grpc;
    }

    /** Listens on every port that is asked for: on all or on none. */
    static FrontEnds listen(ServerConfig config, Services services) throws InferenceException {
        HttpFrontEnd http = config.http().enabled()
                ? HttpFrontEnd.listen(config.http(), HttpService.handler(services, config.http()), services.memory())
                : null;
        try {
            GrpcFrontEnd grpc = config.grpc().enabled()
                    ? GrpcFrontEnd.listen(config.grpc(), services, config.http().limits().maxInputBytes())
                    : null;
            return new FrontEnds(http, grpc);
        } catch (InferenceException | RuntimeException | Error e) {
            if (http != null) {
                http.close();
            }
            throw e;
        }
    }

    /** The port that HTTP is served on; absent where it is not. */
    OptionalInt httpPort() {
        return http == null ? OptionalInt.empty() : OptionalInt.of(http.port());
    }

    /** The port that gRPC is served on; absent where it is not. */
    OptionalInt grpcPort() {
        return grpc == null ? OptionalInt.empty() : OptionalInt.of(grpc.port());
    }

    /** Asks the clients of all ports to end their connections, and serves on. */
    void beginDrain() {
        if (http != null) {
            http.beginDrain();
        }
        if (grpc != null) {
            grpc.beginDrain();
        }
    }

    /**
     * Takes no more requests and waits until those under way have their answers, on all ports at the same time.
     *
     * @return whether all had within {@code patience}
     */
    boolean drain(Duration patience) throws InterruptedException {
        FutureTask<Boolean> grpcDrained = new FutureTask<>(() -> grpc == null || grpc.drain(patience));
        Thread drainer = Thread.startVirtualThread(grpcDrained);
        boolean drained = http == null || http.drain(patience);
        drainer.join();
        return drained && grpcDrained.state() == FutureTask.State.SUCCESS && grpcDrained.resultNow();
    }

    /** Ends everything at once. */
    void close() {
        if (http != null) {
            http.close();
        }
        if (grpc != null) {
            grpc.close();
        }
    }
}
