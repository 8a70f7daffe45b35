package io.nereid.bench.load.tail;

import io.nereid.bench.load.BareLoop;
import io.nereid.bench.load.Course;
import io.nereid.bench.load.QueuedCalls;
import io.nereid.inference.InferenceException;
import io.nereid.perf.client.Latencies;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The food classifier's session with one caller, in {@link QueuedCalls}: a process of its own, started by
 * {@link BareProcess}.
 */
final class QueuedLoop {
    /** The line that says that the session is open and the load begins. */
    static final String READY = "ready";

    private QueuedLoop() {}

    /**
     * Prints {@link #READY}, then a line of latencies for each second, and stays until its input ends, so that its
     * processor time can be read as long as that is wanted.
     *
     * @param arguments the model, how many clients, how many seconds
     */
    public static void main(String[] arguments) throws IOException, InterruptedException, InferenceException {
        try (BareLoop bare = BareLoop.ofFood(Path.of(arguments[0]))) {
            bare.run();
            System.out.println(READY);
            Course course = Course.from(System.nanoTime(), Integer.parseInt(arguments[2]));
            new QueuedCalls(List.of(bare)).run(Integer.parseInt(arguments[1]), course);
            List<String> lines = course.bySecond().stream().map(Latencies::toLine).toList();
            System.out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
            System.out.flush();
            System.in.transferTo(System.out);
        }
    }
}
