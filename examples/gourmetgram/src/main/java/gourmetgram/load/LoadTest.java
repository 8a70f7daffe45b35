package gourmetgram.load;

import io.nereid.inference.NanoClock;

import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest;

/** The tutorial's load test of one or several addresses, and its table. Used by one thread, which it blocks. */
public final class LoadTest {
    private final LoadPlan plan;
    private final byte[] photograph;
    private final PrintStream progress;
    private final Table table;
    private boolean failed;

    /**
     * A test that has not begun.
     *
     * @param photograph the file that is sent
     * @param progress where it says what it does, and what failed
     * @param withCpu whether the table has a column of how long a request was computed for
     */
    LoadTest(LoadPlan plan, byte[] photograph, PrintStream progress, boolean withCpu) {
        this.plan = plan;
        this.photograph = photograph.clone();
        this.progress = progress;
        this.table = new Table(withCpu);
    }

    /** A test of what runs already. */
    public static LoadTest ofRunning(LoadPlan plan, byte[] photograph, PrintStream progress) {
        return new LoadTest(plan, photograph, progress, false);
    }

    /** A test for a {@link Comparison}, which knows the processes that compute. */
    public static LoadTest ofStarted(LoadPlan plan, byte[] photograph, PrintStream progress) {
        return new LoadTest(plan, photograph, progress, true);
    }

    /** Measures a prediction service. */
    public void service(String name, URI service) {
        service(name, service, CpuClock.UNKNOWN);
    }

    /** Measures a prediction service, and how long it and what it asks compute. */
    void service(String name, URI service, CpuClock cpu) {
        run(name, Question.toService(service, photograph), cpu);
    }

    /** Measures the model {@code food_classifier} of a model server. */
    void modelServer(String name, URI server, CpuClock cpu) {
        run(name, Question.toModelServer(server, photograph), cpu);
    }

    private void run(String name, HttpRequest request, CpuClock cpu) {
        progress.println(name + ": " + plan.warmUp() + " requests to warm up, " + plan.sequential()
                + " one after the other, " + plan.requests() + " by " + plan.senders() + " senders");
        try (Senders senders = new Senders(request, NanoClock.SYSTEM, cpu)) {
            senders.run(plan.senders(), plan.warmUp());
            add(name, senders.run(1, plan.sequential()));
            add(name, senders.run(plan.senders(), plan.requests()));
        }
    }

    private void add(String name, Measurement measured) {
        table.add(name, measured);
        if (measured.failures() > 0) {
            failed = true;
            progress.println("  " + measured.failures() + " of " + (measured.failures() + measured.latencies().count())
                    + " requests failed, one of them: " + measured.firstFailure());
        }
    }

    /** Whether a measured request got no answer with status 200. */
    public boolean hasFailed() {
        return failed;
    }

    /** The table of all that was measured. */
    public String table() {
        return table.toString();
    }
}
