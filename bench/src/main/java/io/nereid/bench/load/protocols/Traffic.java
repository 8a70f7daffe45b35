package io.nereid.bench.load.protocols;

import io.nereid.bench.load.ClosedLoop;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.perf.grpc.GrpcCalls;
import io.nereid.perf.grpc.GrpcTransport;
import io.nereid.perf.http.HttpCalls;
import io.nereid.perf.http.HttpTransport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Clients that send the same requests over and over. */
final class Traffic {
    private static final String HOST = "127.0.0.1";

    private final ClosedLoop loop;
    private final Question question;

    /** Sends the first client's request once. */
    private interface Question {
        byte[] ask() throws IOException;
    }

    private Traffic(ClosedLoop loop, Question question) {
        this.loop = loop;
        this.question = question;
    }

    /** Over HTTP to the server at this port of the loopback address, with a connection for each client. */
    static Traffic http(int port, Requests requests) {
        InetSocketAddress server = server(port);
        List<ByteBuffer> all = requests.http();
        return new Traffic(new ClosedLoop(new HttpTransport(server, all)),
                () -> new HttpCalls(server, HOST, "", "").infer(all.getFirst()));
    }

    /** Over gRPC, with so many connections at most, which the clients share. */
    static Traffic grpc(int port, GrpcTransport.Method method, int clients, int connections, Requests requests) {
        InetSocketAddress server = server(port);
        List<ByteBuffer> all = requests.grpc();
        int sharing = Math.ceilDiv(clients, connections);
        GrpcTransport transport = new GrpcTransport(server, HOST + ":" + port, method, all, sharing);
        return new Traffic(new ClosedLoop(transport).withMaxThreads(connections),
                () -> bytes(new GrpcCalls(server, HOST + ":" + port, "").infer(method, all.getFirst())));
    }

    private static InetSocketAddress server(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** Sends the first client's request once and returns the whole answer, which blocks. */
    byte[] askOnce() throws IOException {
        return question.ask();
    }

    /**
     * Lets so many clients send for so long, which blocks.
     *
     * @throws LoadException if a request fails
     */
    LoadReport run(int clients, int seconds) throws IOException, InterruptedException, LoadException {
        LoadReport report = loop.run(clients, seconds);
        report.requireNoFailures("of this protocol");
        return report;
    }
}
