package io.nereid.bench.load.client.grpc;

import io.grpc.Status;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Latencies;

import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/** Wants answers until its time is over and remembers how long each took. */
final class TimedAnswers implements Answers {
    private final long endNanos;
    private final CompletableFuture<ClosedLoopReport.Client> report;
    private final LongStream.Builder latencies = LongStream.builder();
    private long sentNanos;

    /**
     * Counts from now on.
     *
     * @param endNanos of {@link System#nanoTime}; what comes later does not count
     */
    TimedAnswers(long endNanos, CompletableFuture<ClosedLoopReport.Client> report) {
        this.endNanos = endNanos;
        this.report = report;
        this.sentNanos = System.nanoTime();
    }

    @Override
    public boolean onAnswer(byte[] answer) {
        long now = System.nanoTime();
        if (now - endNanos >= 0) {
            return false;
        }
        latencies.add(now - sentNanos);
        sentNanos = now;
        return true;
    }

    @Override
    public void onEnd(Status status) {
        if (status.isOk()) {
            report.complete(new ClosedLoopReport.Client(Latencies.of(latencies.build()), 0));
        } else {
            report.completeExceptionally(status.asException());
        }
    }
}
