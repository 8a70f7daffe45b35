package io.nereid.bench.load.client.grpc;

import io.grpc.Status;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Latencies;
import io.nereid.bench.load.client.Pace;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/** Wants answers until its time is over and remembers how long each took. */
final class TimedAnswers implements Answers {
    private final long endNanos;
    private final Pace pace;
    private final CompletableFuture<ClosedLoopReport.Client> report;
    private final LongStream.Builder latencies = LongStream.builder();
    private long sentNanos;

    /**
     * Counts from now on.
     *
     * @param endNanos of {@link System#nanoTime}; what comes later does not count
     * @param pace what would be sent after the end is not sent
     */
    TimedAnswers(long endNanos, Pace pace, CompletableFuture<ClosedLoopReport.Client> report) {
        this.endNanos = endNanos;
        this.pace = pace;
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
        return now + pace.waitNanos(sentNanos, now) - endNanos < 0;
    }

    @Override
    public void next(Runnable send) {
        long now = System.nanoTime();
        long wait = pace.waitNanos(sentNanos, now);
        sentNanos = now + wait;
        if (wait == 0) {
            send.run();
        } else {
            CompletableFuture.delayedExecutor(wait, TimeUnit.NANOSECONDS, Runnable::run).execute(send);
        }
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
