package io.nereid.bench.load.client.grpc;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Pace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Clients that each send the next request over gRPC when the last was answered, and share some connections. */
public final class GrpcClosedLoop implements AutoCloseable {
    private static final int WINDOW_BYTES = 4 << 20;
    private static final int TIMEOUT_SECONDS = 30;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final List<ManagedChannel> channels;
    private final InferMethod method;
    private final IntFunction<byte[]> requests;
    private final Pace pace;

    /**
     * Clients of the server at this port of the loopback address.
     *
     * @param connections which the clients take in turn
     * @param requests the message that each client, from 0 on, sends over and over
     */
    public GrpcClosedLoop(int port, InferMethod method, int connections, IntFunction<byte[]> requests) {
        this(port, method, connections, requests, Pace.UNLIMITED);
    }

    /**
     * The same with clients that send no more often than this.
     *
     * @param pace of each
     */
    public GrpcClosedLoop(int port, InferMethod method, int connections, IntFunction<byte[]> requests, Pace pace) {
        this.channels = IntStream.range(0, connections).mapToObj(i -> channel(port)).toList();
        this.method = method;
        this.requests = requests;
        this.pace = pace;
    }

    private static ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor()
                .flowControlWindow(WINDOW_BYTES).maxInboundMessageSize(Integer.MAX_VALUE).build();
    }

    /**
     * Sends one client's request once and returns the whole answer, which blocks.
     *
     * @throws IOException if the answer is an error, or none comes
     */
    public byte[] askOnce(int client) throws IOException, InterruptedException {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        method.start(channels.getFirst(), RawMessages.WHOLE, requests.apply(client), new FirstAnswer(answer));
        return await(answer, 0);
    }

    /**
     * Runs so many clients for so long, which blocks. An answer counts if it was there before the time was over.
     *
     * @throws IOException at the first answer that is an error
     */
    public ClosedLoopReport run(int clients, int seconds) throws IOException, InterruptedException {
        long end = System.nanoTime() + seconds * NANOS_PER_SECOND;
        List<CompletableFuture<ClosedLoopReport.Client>> running = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            CompletableFuture<ClosedLoopReport.Client> report = new CompletableFuture<>();
            running.add(report);
            method.start(channels.get(i % channels.size()), RawMessages.FIRST_BYTE, requests.apply(i),
                    new TimedAnswers(end, pace, report));
        }
        List<ClosedLoopReport.Client> reports = new ArrayList<>();
        for (CompletableFuture<ClosedLoopReport.Client> report : running) {
            reports.add(await(report, seconds));
        }
        return new ClosedLoopReport(reports, seconds);
    }

    private static <T> T await(CompletableFuture<T> result, int seconds) throws IOException, InterruptedException {
        try {
            return result.get((long) seconds + TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + TIMEOUT_SECONDS + " s", e);
        }
    }

    /** Ends what is under way and closes the connections. */
    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        for (ManagedChannel channel : channels) {
            try {
                channel.awaitTermination(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
