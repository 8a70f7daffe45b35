package io.nereid.bench.load.server;

import io.nereid.bench.load.LoadException;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a JVM of its own: with the class path and the options of this one, or a distribution's. */
public final class ServerProcess implements AutoCloseable {
    private static final String MAIN = "io.nereid.server.cli.Main";
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 45;
    private static final int ASK_MILLIS = 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process process;
    private final Path log;
    private final int port;
    private final int grpcPort;

    private ServerProcess(Process process, Path log, int port, int grpcPort) {
        this.process = process;
        this.log = log;
        this.port = port;
        this.grpcPort = grpcPort;
    }

    /**
     * Starts it with HTTP alone and waits until it is ready.
     *
     * @param log the file its output goes to
     */
    public static ServerProcess start(Path repository, Path log)
            throws IOException, InterruptedException, LoadException {
        return start(repository, log, 0, List.of("--allow-grpc=false"));
    }

    /** As {@link #start}, with gRPC too, and clients may register shared memory. */
    public static ServerProcess startWithGrpc(Path repository, Path log)
            throws IOException, InterruptedException, LoadException {
        int grpcPort = freePort();
        return start(repository, log, grpcPort, List.of("--grpc-address=127.0.0.1", "--grpc-port=" + grpcPort,
                "--allow-client-shm=true"));
    }

    /** As {@link #startWithGrpc}, with these models at the start and the others when a client asks for them. */
    public static ServerProcess startControlled(Path repository, Path log, List<String> models)
            throws IOException, InterruptedException, LoadException {
        int grpcPort = freePort();
        List<String> flags = new ArrayList<>(List.of("--grpc-address=127.0.0.1", "--grpc-port=" + grpcPort,
                "--model-control-mode=explicit", "--log-warning=false"));
        models.forEach(model -> flags.add("--load-model=" + model));
        return start(repository, log, grpcPort, flags);
    }

    /**
     * Starts a distribution as its users do, with all protocols, and waits until it is ready.
     *
     * @param launcher its {@code bin/nereid}
     */
    public static ServerProcess startDistribution(Path launcher, Path repository, Path log)
            throws IOException, InterruptedException, LoadException {
        int port = freePort();
        int grpcPort = freePort();
        List<String> command = new ArrayList<>(List.of(launcher.toAbsolutePath().toString()));
        command.addAll(arguments(repository, port));
        command.addAll(List.of("--grpc-address=127.0.0.1", "--grpc-port=" + grpcPort, "--metrics-port=0"));
        return start(new ProcessBuilder(command), log, port, grpcPort);
    }

    private static ServerProcess start(Path repository, Path log, int grpcPort, List<String> more)
            throws IOException, InterruptedException, LoadException {
        int port = freePort();
        ProcessBuilder builder = new ProcessBuilder(command(repository, port, more));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("MALLOC_ARENA_MAX", "2"); // as the launcher has it
        return start(builder, log, port, grpcPort);
    }

    private static ServerProcess start(ProcessBuilder builder, Path log, int port, int grpcPort)
            throws IOException, InterruptedException, LoadException {
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        ServerProcess server = new ServerProcess(builder.start(), log, port, grpcPort);
        try {
            server.awaitReady();
            return server;
        } catch (LoadException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    private static List<String> command(Path repository, int port, List<String> more) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add(MAIN);
        command.addAll(arguments(repository, port));
        command.add("--allow-metrics=false");
        command.addAll(more);
        return command;
    }

    private static List<String> arguments(Path repository, int port) {
        return List.of("--model-repository=" + repository, "--http-address=127.0.0.1", "--http-port=" + port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private void awaitReady() throws IOException, InterruptedException, LoadException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!isReady()) {
            if (process.waitFor(ASK_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new LoadException("the server did not become ready:\n" + Files.readString(log));
            }
        }
    }

    private boolean isReady() throws InterruptedException {
        try {
            return get("/v2/health/ready").statusCode() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return client.send(HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.ofString());
    }

    /** Of HTTP. */
    public int port() {
        return port;
    }

    /** Of gRPC; 0 if it was started without. */
    public int grpcPort() {
        return grpcPort;
    }

    /** The batches that the model ran so far. */
    public BatchSizes batchSizes(String model) throws IOException, InterruptedException {
        return BatchSizes.parse(get("/v2/models/" + model + "/stats").body());
    }

    /** Of its process; a launcher has become the server by the time it is ready. */
    public long pid() {
        return process.pid();
    }

    /** A new probe of its memory and processor time. */
    public UsageProbe probe() throws IOException {
        return UsageProbe.of(process.pid());
    }

    /** Stops it by SIGTERM and waits for its end. */
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        client.close();
    }
}
