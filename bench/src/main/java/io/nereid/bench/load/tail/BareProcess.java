package io.nereid.bench.load.tail;

import io.nereid.bench.load.Course;
import io.nereid.bench.load.LoadException;
import io.nereid.perf.client.Latencies;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A {@link QueuedLoop} in a JVM of its own, with the class path and the options of this one. */
final class BareProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private BareProcess(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.US_ASCII);
    }

    private static BareProcess start(Path model, int clients, int seconds) throws IOException, LoadException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(QueuedLoop.class.getName(), model.toString(), "" + clients, "" + seconds));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        BareProcess bare = new BareProcess(builder.start());
        if (!QueuedLoop.READY.equals(bare.output.readLine())) {
            bare.close();
            throw new LoadException("the bare session did not become ready");
        }
        return bare;
    }

    /** Runs it once, which blocks. */
    static Turn run(Path model, int clients, Pace pace) throws IOException, InterruptedException, LoadException {
        try (BareProcess bare = start(model, clients, pace.seconds())) {
            Course course = pace.begin();
            long cpuNanos = pace.cpuNanos(bare.process.pid(), course);
            List<Latencies> bySecond = new ArrayList<>();
            for (int second = 0; second < course.seconds(); second++) {
                bySecond.add(Latencies.parse(Objects.requireNonNullElse(bare.output.readLine(), "")));
            }
            return new Turn(bySecond, pace.settleSeconds(), cpuNanos);
        }
    }

    /** Ends it. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
