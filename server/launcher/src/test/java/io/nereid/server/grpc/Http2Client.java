package io.nereid.server.grpc;

import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client of gRPC that sends just the frames it is given. Blocks, 20 seconds at most. */
final class Http2Client implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int GOAWAY = 7;
    private static final int END_HEADERS = 4;

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    Http2Client(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        in = new DataInputStream(socket.getInputStream());
    }

    /** A frame that came. */
    record Frame(int type, int stream) {}

    /** Says what HTTP/2 begins with. */
    Http2Client begin() throws IOException {
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(SETTINGS, 0, 0, new byte[0]);
        out.flush();
        return this;
    }

    /** Begins a call on a stream, with further metadata. */
    Http2Client call(int stream, String method, String... more) throws IOException {
        head(stream, method, more);
        out.flush();
        return this;
    }

    /** Begins a call and gives it up; goes out together with others, as fast as the server takes them. */
    Http2Client callGivenUp(int stream, String method) throws IOException {
        head(stream, method);
        frame(RST_STREAM, 0, stream, new byte[]{0, 0, 0, 8});
        return this;
    }

    private void head(int stream, String method, String... more) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        header(block, ":method", "POST");
        header(block, ":scheme", "http");
        header(block, ":path", "/inference.GRPCInferenceService/" + method);
        header(block, "content-type", "application/grpc");
        header(block, "te", "trailers");
        for (int i = 0; i < more.length; i += 2) {
            header(block, more[i], more[i + 1]);
        }
        frame(HEADERS, END_HEADERS, stream, block.toByteArray());
    }

    /** Sends the beginning of a message that is announced to be longer. */
    Http2Client messagePart(int stream, int announced, int sent) throws IOException {
        frame(DATA, 0, stream, ByteBuffer.allocate(5 + sent).put((byte) 0).putInt(announced).array());
        out.flush();
        return this;
    }

    /** HPACK: a literal that is not indexed, with lengths of up to 126 plus two more bytes. */
    private static void header(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        text(block, name);
        text(block, value);
    }

    private static void text(ByteArrayOutputStream block, String text) {
        int length = text.length();
        if (length < 127) {
            block.write(length);
        } else {
            block.write(127);
            int rest = length - 127;
            for (; rest >= 128; rest >>= 7) {
                block.write((rest & 127) | 128);
            }
            block.write(rest);
        }
        block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        out.write(ByteBuffer.allocate(9 + payload.length).put((byte) (payload.length >> 16))
                .putShort((short) payload.length).put((byte) type).put((byte) flags).putInt(stream).put(payload)
                .array());
    }

    /** Reads until a frame of that kind has come; false if the connection ends before. */
    boolean reads(int type) throws IOException {
        return streamOf(type) >= 0;
    }

    /** Reads until a frame of that kind has come, and returns its stream; -1 if the connection ends before. */
    int streamOf(int type) throws IOException {
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type == type) {
                return frame.stream;
            }
        }
        return -1;
    }

    private @Nullable Frame read() throws IOException {
        byte[] head = in.readNBytes(9);
        if (head.length < 9) {
            return null;
        }
        ByteBuffer frame = ByteBuffer.wrap(head);
        int length = ((frame.get() & 255) << 16) | (frame.getShort() & 65535);
        int type = frame.get();
        in.readNBytes(length);
        return new Frame(type, frame.getInt(5));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
