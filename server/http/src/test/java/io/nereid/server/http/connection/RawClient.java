package io.nereid.server.http.connection;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A client that sends exactly the bytes it is given, and reads replies one by one. Blocks, 20 seconds at most. */
public final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    public RawClient(int port) throws IOException {
        this(port, new Socket());
    }

    /** A client whose system holds little more than {@code receiveBytes} bytes that it has not read. */
    public static RawClient ofSmallBuffer(int port, int receiveBytes) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBytes);
        return new RawClient(port, socket);
    }

    private RawClient(int port, Socket unconnected) throws IOException {
        socket = unconnected;
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        out = socket.getOutputStream();
    }

    /** A reply; header names in lower case. Compared by its parts only. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Reply(String statusLine, Map<String, String> headers, byte[] body) {
        public int status() {
            return Integer.parseInt(statusLine.substring(9, 12));
        }

        public String header(String name) {
            return headers.getOrDefault(name, "(none)");
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawClient send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** Sends what the server may refuse before all has come: it may have ended the connection by then. */
    RawClient sendInVain(byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException _) {
            // what the test reads says why
        }
        return this;
    }

    /** Sends in pieces of random sizes, most small, some large. */
    RawClient sendInPieces(byte[] bytes, Random random) throws IOException {
        for (int sent = 0; sent < bytes.length;) {
            int most = random.nextInt(4) == 0 ? 1 << 18 : 1 << random.nextInt(17);
            int piece = Math.min(bytes.length - sent, 1 + random.nextInt(most));
            out.write(bytes, sent, piece);
            sent += piece;
        }
        return this;
    }

    /** Ends the sending direction only. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads a whole reply. */
    public Reply read() throws IOException {
        return read(true);
    }

    /** Reads a reply to a HEAD request, which has no body whatever its header lines say. */
    Reply readHead() throws IOException {
        return read(false);
    }

    private Reply read(boolean withBody) throws IOException {
        String status = line();
        Map<String, String> headers = headers();
        byte[] body = withBody && !status.startsWith("HTTP/1.1 100") ? body(headers) : new byte[0];
        return new Reply(status, headers, body);
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(": ");
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2));
        }
        return headers;
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        String length = headers.get("content-length");
        if (length != null) {
            return exactly(Integer.parseInt(length));
        }
        return headers.containsKey("transfer-encoding") ? chunks() : in.readAllBytes();
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            body.write(exactly(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the reply ended after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended after '" + line + "'");
            }
            line.append((char) c);
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new IOException("a line of the head does not end in CRLF: '" + line + "'");
        }
        line.setLength(line.length() - 1);
        return line.toString();
    }

    /** Reads the head of a reply whose body is still to come. */
    Map<String, String> readStreamHead() throws IOException {
        line();
        return headers();
    }

    /** Reads what is there, at least one byte, and throws it away; -1 at the end. */
    public int readSome() throws IOException {
        return in.read(new byte[1 << 10]);
    }

    /** Reads a single byte, -1 at the end. */
    int readByte() throws IOException {
        return in.read();
    }

    /** Whether the server ends the connection in good order before it sends anything more. */
    boolean ended() throws IOException {
        return in.read() < 0;
    }

    /** Resets the connection instead of ending it in good order. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
