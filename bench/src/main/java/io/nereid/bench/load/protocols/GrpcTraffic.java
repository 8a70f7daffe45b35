package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.grpc.GrpcClosedLoop;
import io.nereid.bench.load.client.grpc.InferMethod;

import java.io.IOException;

/** Over gRPC. */
final class GrpcTraffic implements Traffic {
    private final GrpcClosedLoop loop;

    GrpcTraffic(int port, InferMethod method, int connections, Requests requests) {
        this.loop = new GrpcClosedLoop(port, method, connections, requests::grpc);
    }

    @Override
    public byte[] askOnce() throws IOException, InterruptedException {
        return loop.askOnce(0);
    }

    @Override
    public ClosedLoopReport run(int clients, int seconds) throws InterruptedException, LoadException {
        try {
            return loop.run(clients, seconds);
        } catch (IOException e) {
            throw new LoadException("a request over gRPC failed: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
