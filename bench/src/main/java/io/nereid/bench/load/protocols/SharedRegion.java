package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.SharedMemoryRange;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * System shared memory for a number of clients: each has its input there and space for its output. The name in /dev/shm
 * goes when this is closed.
 */
final class SharedRegion implements AutoCloseable {
    static final Path FOLDER = Path.of("/dev/shm");
    private static final String NAME = "bench";

    private final Path file;
    private final int tensorBytes;
    private final int clients;

    private SharedRegion(Path file, int tensorBytes, int clients) {
        this.file = file;
        this.tensorBytes = tensorBytes;
        this.clients = clients;
    }

    /**
     * Makes it, with the same input for every client.
     *
     * @param folder {@link #FOLDER} if a server is to find it
     */
    static SharedRegion create(Path folder, byte[] input, int clients) throws IOException {
        SharedRegion region = new SharedRegion(Files.createTempFile(folder, "nereid-bench-", ""), input.length,
                clients);
        try (FileChannel channel = FileChannel.open(region.file, StandardOpenOption.WRITE)) {
            for (int client = 0; client < clients; client++) {
                write(channel, input, region.input(client).offset());
                write(channel, new byte[input.length], region.output(client).offset());
            }
            return region;
        } catch (IOException e) {
            region.close();
            throw e;
        }
    }

    private static void write(FileChannel channel, byte[] bytes, long offset) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            channel.write(left, offset + left.position());
        }
    }

    /** Makes it known to a server, by HTTP; the server's regions serve all protocols. */
    void registerAt(int httpPort) throws IOException, InterruptedException, LoadException {
        String body = "{\"key\":\"/%s\",\"offset\":0,\"byte_size\":%d}".formatted(file.getFileName(), byteSize());
        post(httpPort, "register", body);
    }

    /** Makes the server forget it. */
    void unregisterAt(int httpPort) throws IOException, InterruptedException, LoadException {
        post(httpPort, "unregister", "");
    }

    private static void post(int httpPort, String action, String body)
            throws IOException, InterruptedException, LoadException {
        URI uri = URI.create("http://127.0.0.1:" + httpPort + "/v2/systemsharedmemory/region/" + NAME + "/" + action);
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new LoadException("the server did not " + action + " the shared memory: " + answer.body());
            }
        }
    }

    long byteSize() {
        return 2L * clients * tensorBytes;
    }

    SharedMemoryRange input(int client) {
        return new SharedMemoryRange(NAME, 2L * client * tensorBytes, tensorBytes);
    }

    SharedMemoryRange output(int client) {
        return new SharedMemoryRange(NAME, (2L * client + 1) * tensorBytes, tensorBytes);
    }

    /** What lies there now. */
    byte[] read(SharedMemoryRange range) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) range.byteSize());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, range.offset() + bytes.position()) < 0) {
                    throw new IOException("the shared memory is shorter than it was made");
                }
            }
        }
        return bytes.array();
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
