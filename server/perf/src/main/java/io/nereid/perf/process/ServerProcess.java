package io.nereid.perf.process;

import io.nereid.perf.http.HttpCalls;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, on the loopback address, from when it is ready until it is closed. */
public final class ServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(45);
    private static final int ASK_MILLIS = 20;
    /**
     * From here to the end are ports that Linux gives neither to outgoing connections nor to whoever asks for any: no other
     * program gets one between the choice and the start of what is to listen there.
     */
    private static final int FIRST_PORT = 27_000;
    private static final int END_OF_PORTS = 32_768;

    private final Process process;
    private final InetSocketAddress address;

    private ServerProcess(Process process, InetSocketAddress address) {
        this.process = process;
        this.address = address;
    }

    /**
     * Starts it and waits until it is ready.
     *
     * @param command its program and arguments
     * @param environment beside that of this process
     * @param httpPort where the command has it listen
     * @param log the file its output goes to
     * @throws ServerStartException with its output, if it does not become ready
     */
    public static ServerProcess start(List<String> command, Map<String, String> environment, int httpPort, Path log)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        ServerProcess server = new ServerProcess(builder.start(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), httpPort));
        try {
            server.awaitReady(log);
            return server;
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    /** As many different ports of the loopback address that nothing listens on. */
    public static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> probes = new ArrayList<>();
        try {
            for (int tries = 0; probes.size() < count; tries++) {
                int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, END_OF_PORTS);
                try {
                    probes.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                } catch (BindException e) {
                    if (tries >= END_OF_PORTS) { // it is not that others have them
                        throw e;
                    }
                }
            }
            return probes.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket probe : probes) {
                probe.close();
            }
        }
    }

    private void awaitReady(Path log) throws IOException, InterruptedException {
        HttpCalls calls = calls();
        long deadline = System.nanoTime() + START.toNanos();
        while (!calls.isReady(START)) {
            if (process.waitFor(ASK_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() - deadline > 0) {
                throw new ServerStartException("the server did not become ready; it said:\n" + Files.readString(log));
            }
        }
    }

    /** Of HTTP. */
    public InetSocketAddress address() {
        return address;
    }

    /** Asks it by HTTP. */
    public HttpCalls calls() {
        return new HttpCalls(address, "localhost", "", "");
    }

    /** Of its process; a launcher has become the server by the time it is ready. */
    public long pid() {
        return process.pid();
    }

    /** Stops it by SIGTERM and waits for its end. */
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
