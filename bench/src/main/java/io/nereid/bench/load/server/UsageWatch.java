package io.nereid.bench.load.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Reads a process's use once a second, on a thread of its own, until it is stopped. */
public final class UsageWatch implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Future<List<Usage>> samples;

    private UsageWatch(UsageProbe probe) {
        samples = thread.submit(() -> sample(probe));
    }

    /** Begins now; nobody else may use the probe until this is stopped. */
    public static UsageWatch start(UsageProbe probe) {
        return new UsageWatch(probe);
    }

    private List<Usage> sample(UsageProbe probe) throws IOException, InterruptedException {
        List<Usage> taken = new ArrayList<>();
        do {
            taken.add(probe.read());
        } while (!stopped.await(1, TimeUnit.SECONDS));
        taken.add(probe.read());
        return taken;
    }

    /** Ends the watch with a last sample and returns all of them. */
    public UsageCourse stop() throws IOException, InterruptedException {
        stopped.countDown();
        try {
            return new UsageCourse(samples.get());
        } catch (ExecutionException e) {
            throw new IOException("the server's memory could not be read", e.getCause());
        }
    }

    @Override
    public void close() {
        stopped.countDown();
        thread.close();
    }
}
