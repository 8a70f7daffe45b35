package gourmetgram.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, with its output in a file, until it is closed. Used by one thread. */
final class ChildProcess implements AutoCloseable {
    private static final Duration TO_START = Duration.ofMinutes(1);
    private static final int MILLISECONDS_BETWEEN_QUESTIONS = 50;
    private static final int SECONDS_TO_END = 40;

    private final Process process;
    private final Path log;
    private final URI address;

    private ChildProcess(Process process, Path log, URI address) {
        this.process = process;
        this.log = log;
        this.address = address;
    }

    /**
     * Starts a program and waits until its health is good.
     *
     * @param port that the program listens on, at 127.0.0.1
     * @param health a path that answers 200 when the program is ready
     * @throws IOException if that does not come about; the message has the end of what it wrote
     */
    static ChildProcess start(List<String> command, int port, String health) throws IOException, InterruptedException {
        Path log = Files.createTempFile("gourmetgram-", ".log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        ChildProcess child = new ChildProcess(process, log, URI.create("http://127.0.0.1:" + port));
        try {
            child.await(health);
            return child;
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    /** For its figures. */
    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Where it listens. */
    URI address() {
        return address;
    }

    private void await(String health) throws IOException, InterruptedException {
        HttpRequest question = HttpRequest.newBuilder(address.resolve(health)).timeout(TO_START).build();
        long start = System.nanoTime();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (!isGood(client, question)) {
                if (!process.isAlive() || System.nanoTime() - start > TO_START.toNanos()) {
                    throw new IOException("a process did not start; it wrote:\n" + Files.readString(log,
                            StandardCharsets.UTF_8));
                }
                Thread.sleep(MILLISECONDS_BETWEEN_QUESTIONS);
            }
        }
    }

    private static boolean isGood(HttpClient client, HttpRequest question) throws InterruptedException {
        try {
            return client.send(question, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false; // it does not listen yet
        }
    }

    /** Ends the process, and waits until it has ended. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(log);
    }
}
