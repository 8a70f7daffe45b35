package io.nereid.bench.load.server;

import io.nereid.bench.load.LoadException;
import io.nereid.perf.http.HttpCalls;
import io.nereid.perf.process.ServerProcess;
import io.nereid.perf.process.ServerStartException;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server in a JVM of its own: with the class path and the options of this one, or a distribution's. */
public final class MeasuredServer implements AutoCloseable {
    private static final String MAIN = "io.nereid.server.cli.Main";

    private final ServerProcess process;
    private final int grpcPort;

    private MeasuredServer(ServerProcess process, int grpcPort) {
        this.process = process;
        this.grpcPort = grpcPort;
    }

    /**
     * Starts it with HTTP alone and waits until it is ready.
     *
     * @param log the file its output goes to
     */
    public static MeasuredServer start(Path repository, Path log)
            throws IOException, InterruptedException, LoadException {
        return start(repository, log, new Ports(ServerProcess.freePorts(1).getFirst(), 0),
                List.of("--allow-grpc=false"));
    }

    /** As {@link #start}, with gRPC too, and clients may register shared memory. */
    public static MeasuredServer startWithGrpc(Path repository, Path log)
            throws IOException, InterruptedException, LoadException {
        Ports ports = Ports.choose();
        return start(repository, log, ports, List.of("--grpc-address=127.0.0.1", "--grpc-port=" + ports.grpc(),
                "--allow-client-shm=true"));
    }

    /** As {@link #startWithGrpc}, with these models at the start and the others when a client asks for them. */
    public static MeasuredServer startControlled(Path repository, Path log, List<String> models)
            throws IOException, InterruptedException, LoadException {
        Ports ports = Ports.choose();
        List<String> flags = new ArrayList<>(List.of("--grpc-address=127.0.0.1", "--grpc-port=" + ports.grpc(),
                "--model-control-mode=explicit", "--log-warning=false"));
        models.forEach(model -> flags.add("--load-model=" + model));
        return start(repository, log, ports, flags);
    }

    /**
     * Starts a distribution as its users do, with all protocols, and waits until it is ready.
     *
     * @param launcher its {@code bin/nereid}
     */
    public static MeasuredServer startDistribution(Path launcher, Path repository, Path log)
            throws IOException, InterruptedException, LoadException {
        Ports ports = Ports.choose();
        List<String> command = new ArrayList<>(List.of(launcher.toAbsolutePath().toString()));
        command.addAll(arguments(repository, ports));
        command.addAll(List.of("--grpc-address=127.0.0.1", "--grpc-port=" + ports.grpc(), "--metrics-port=0"));
        return launch(command, Map.of(), ports, log);
    }

    private static MeasuredServer start(Path repository, Path log, Ports ports, List<String> more)
            throws IOException, InterruptedException, LoadException {
        Map<String, String> environment = Map.of("CLASSPATH", System.getProperty("java.class.path"),
                "MALLOC_ARENA_MAX", "2"); // as the launcher has it
        return launch(command(repository, ports, more), environment, ports, log);
    }

    private static MeasuredServer launch(List<String> command, Map<String, String> environment, Ports ports,
            Path log) throws IOException, InterruptedException, LoadException {
        try {
            return new MeasuredServer(ServerProcess.start(command, environment, ports.http(), log), ports.grpc());
        } catch (ServerStartException e) {
            throw new LoadException(String.valueOf(e.getMessage()));
        }
    }

    private static List<String> command(Path repository, Ports ports, List<String> more) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add(MAIN);
        command.addAll(arguments(repository, ports));
        command.add("--allow-metrics=false");
        command.addAll(more);
        return command;
    }

    private static List<String> arguments(Path repository, Ports ports) {
        return List.of("--model-repository=" + repository, "--http-address=127.0.0.1", "--http-port=" + ports.http());
    }

    /** Of HTTP. */
    public InetSocketAddress address() {
        return process.address();
    }

    /** Of gRPC; 0 if it was started without. */
    public int grpcPort() {
        return grpcPort;
    }

    /** Asks it by HTTP. */
    public HttpCalls calls() {
        return process.calls();
    }

    /** The batches that the model ran so far. */
    public BatchSizes batchSizes(String model) throws IOException {
        return BatchSizes.of(calls().statistics(model));
    }

    /** Of its process; a launcher has become the server by the time it is ready. */
    public long pid() {
        return process.pid();
    }

    /** A new probe of its memory and processor time. */
    public UsageProbe probe() throws IOException {
        return UsageProbe.of(pid());
    }

    /** Stops it by SIGTERM and waits for its end. */
    @Override
    public void close() {
        process.close();
    }

    /**
     * Where it listens.
     *
     * @param grpc 0 where it does not serve gRPC
     */
    private record Ports(int http, int grpc) {
        static Ports choose() throws IOException {
            List<Integer> free = ServerProcess.freePorts(2);
            return new Ports(free.getFirst(), free.getLast());
        }
    }
}
