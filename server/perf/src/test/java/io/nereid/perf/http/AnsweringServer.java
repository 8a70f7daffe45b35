package io.nereid.perf.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

import javax.net.ServerSocketFactory;

/** Answers requests of a known length with texts, by the number of the request; an empty text closes the connection. */
final class AnsweringServer implements AutoCloseable {
    final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger connections = new AtomicInteger();
    private final ServerSocket listening;
    private final int requestBytes;
    private final IntFunction<String> answers;

    AnsweringServer(int requestBytes, IntFunction<String> answers) throws IOException {
        this(ServerSocketFactory.getDefault(), requestBytes, answers);
    }

    AnsweringServer(ServerSocketFactory sockets, int requestBytes, IntFunction<String> answers) throws IOException {
        this.listening = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.requestBytes = requestBytes;
        this.answers = answers;
        Thread.ofVirtual().start(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> answer(socket));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void answer(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (in.readNBytes(requestBytes).length == requestBytes) {
                String answer = answers.apply(requests.getAndIncrement());
                if (answer.isEmpty()) {
                    return;
                }
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException _) {
            // the client has gone
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
