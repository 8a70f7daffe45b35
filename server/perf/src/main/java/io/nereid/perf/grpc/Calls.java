package io.nereid.perf.grpc;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The calls of a connection: what they send, as far as the server's windows go, and what comes for them. */
final class Calls implements FrameReader.Handler {
    /** Room for a call's headers and the frames that answer the server's. */
    private static final int SPARE_BYTES = 8 * 1024;
    private static final int MAX_HEAD_BYTES = 64 * 1024;
    private static final long UNTOLD_BYTES = 1 << 29;
    private static final int LAST_STREAM = Integer.MAX_VALUE - 2;

    private final RequestHead head;
    private final ByteBuffer out;
    private final PeerSettings peer = new PeerSettings();
    private final Deque<Http2Stream> toSend = new ArrayDeque<>();
    private final Map<Integer, Http2Stream> streams = new HashMap<>();
    private final RememberedHead heads = new RememberedHead();
    private final RememberedHead ends = new RememberedHead();

    private boolean settled;
    private boolean leaving;
    private boolean headSent;
    private int nextStream;
    private long window;
    private long received;
    private @Nullable ByteBuffer headParts;

    /**
     * Calls with that head.
     *
     * @param out what they write their frames into
     */
    Calls(RequestHead head, ByteBuffer out) {
        this.head = head;
        this.out = out;
    }

    /** Begins anew on another connection; what waits to be sent goes there. */
    void beginConnection() {
        settled = false;
        leaving = false;
        headSent = false;
        nextStream = 1;
        window = Frames.FIRST_WINDOW;
        received = 0;
        headParts = null;
        peer.reset();
        Frames.preface(out);
    }

    void enqueue(Http2Stream stream) {
        if (!stream.queued) {
            stream.queued = true;
            toSend.addLast(stream);
        }
    }

    /** Forgets it; the server is told if it knows of it. */
    void cancel(Http2Stream stream) {
        if (stream.queued) {
            toSend.remove(stream);
            stream.queued = false;
        }
        stream.outgoing = null;
        if (stream.id != 0 && streams.remove(stream.id) != null) {
            reset(stream.id);
        }
    }

    private void reset(int id) {
        if (out.remaining() >= Frames.HEADER_BYTES + Integer.BYTES) { // else the server goes on in vain
            Frames.header(out, Integer.BYTES, Frames.RST_STREAM, 0, id);
            out.putInt(Frames.CANCEL);
        }
    }

    /** Whether some have something to send. */
    boolean isWaiting() {
        return !toSend.isEmpty();
    }

    /** Whether the server begins no more calls on this connection and none is under way. */
    boolean isConnectionUsedUp() {
        return leaving && streams.isEmpty();
    }

    /** Tells all of them. */
    void fail(String text) {
        List<Http2Stream> failed = new ArrayList<>(streams.values());
        for (Http2Stream stream : toSend) {
            if (stream.id == 0) {
                failed.add(stream);
            }
            stream.queued = false;
        }
        streams.clear();
        toSend.clear();
        failed.forEach(stream -> stream.onFailure(text));
    }

    /** Writes what can be sent. Whether it ended for want of space. */
    boolean fill() {
        for (int left = toSend.size(); settled && left > 0; left--) {
            if (out.remaining() < SPARE_BYTES) {
                return true;
            }
            Http2Stream stream = toSend.removeFirst();
            if (stream.id == 0 && (leaving || streams.size() >= peer.maxStreams())) {
                toSend.addLast(stream); // until others have ended
                continue;
            }
            if (stream.id == 0) {
                begin(stream);
            }
            fill(stream);
            stream.queued = stream.outgoing != null && stream.window > 0;
            if (stream.queued) { // the space ended, or the connection's window
                toSend.addLast(stream);
            }
        }
        return settled && !toSend.isEmpty() && out.remaining() < SPARE_BYTES;
    }

    private void begin(Http2Stream stream) {
        stream.id = nextStream;
        stream.window = peer.window();
        stream.received = 0;
        streams.put(nextStream, stream);
        leaving |= nextStream >= LAST_STREAM;
        nextStream += 2;
        boolean remembered = peer.tableBytes() >= PeerSettings.FIRST_TABLE_BYTES;
        byte[] block = remembered && headSent ? head.indexed() : head.full();
        boolean forgets = !remembered && !headSent;
        headSent = true;
        Frames.header(out, block.length + (forgets ? 1 : 0), Frames.HEADERS, Frames.END_HEADERS, stream.id);
        if (forgets) {
            out.put(RequestHead.NO_TABLE);
        }
        out.put(block);
    }

    private void fill(Http2Stream stream) {
        ByteBuffer message = stream.outgoing;
        while (message != null && message.hasRemaining()) {
            int length = (int) Math.min(Math.min(window, stream.window),
                    Math.min(message.remaining(), Math.min(peer.maxFrame(), out.remaining() - Frames.HEADER_BYTES)));
            if (length <= 0) {
                return;
            }
            boolean last = length == message.remaining();
            int flags = last && stream.endsWithMessage ? Frames.END_STREAM : 0;
            Frames.header(out, length, Frames.DATA, flags, stream.id);
            out.put(out.position(), message, message.position(), length).position(out.position() + length);
            message.position(message.position() + length);
            window -= length;
            stream.window -= length;
        }
        stream.outgoing = null;
    }

    @Override
    public void onFrame(int type, int flags, int stream, ByteBuffer payload) throws IOException {
        switch (type) {
            case Frames.DATA -> onData(flags, stream, payload);
            case Frames.HEADERS, Frames.CONTINUATION -> onHead(type, flags, stream, payload);
            case Frames.RST_STREAM -> onEnd(stream, "the server reset the call, code " + payload.getInt());
            case Frames.SETTINGS -> onSettings(flags, payload);
            case Frames.PING -> onPing(flags, payload);
            case Frames.GOAWAY -> onGoAway(payload);
            case Frames.WINDOW_UPDATE -> onWindow(stream, payload.getInt() & Integer.MAX_VALUE);
            default -> {
            } // unknown frames are passed over
        }
    }

    private void onData(int flags, int id, ByteBuffer payload) throws IOException {
        received += payload.remaining();
        if (received > UNTOLD_BYTES) {
            Frames.windowUpdate(out, 0, (int) received);
            received = 0;
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            return;
        }
        stream.received += payload.remaining();
        boolean end = (flags & Frames.END_STREAM) != 0;
        if (end) {
            remove(id);
        } else if (stream.received > UNTOLD_BYTES) {
            Frames.windowUpdate(out, id, (int) stream.received);
            stream.received = 0;
        }
        stream.onData(withoutPadding(flags, payload), end);
    }

    private static ByteBuffer withoutPadding(int flags, ByteBuffer payload) throws IOException {
        if ((flags & Frames.PADDED) != 0) {
            int padding = payload.get() & 0xff;
            if (padding > payload.remaining()) {
                throw new IOException("a frame of padding only");
            }
            payload.limit(payload.limit() - padding);
        }
        return payload;
    }

    private void onHead(int type, int flags, int id, ByteBuffer payload) throws IOException {
        ByteBuffer block = payload;
        if (type == Frames.HEADERS) {
            block = withoutPadding(flags, payload);
            if ((flags & Frames.PRIORITY) != 0) {
                block.position(block.position() + 5);
            }
        }
        ByteBuffer parts = headParts;
        boolean whole = (flags & Frames.END_HEADERS) != 0;
        if (!whole || parts != null) {
            block = joined(parts, block);
        }
        // of a head in several frames the first says whether it is the end, and gRPC's ends fit into one
        headParts = whole ? null : block;
        if (whole) {
            onHead(id, block, type == Frames.HEADERS && (flags & Frames.END_STREAM) != 0);
        }
    }

    private static ByteBuffer joined(@Nullable ByteBuffer parts, ByteBuffer block) throws IOException {
        int before = parts == null ? 0 : parts.remaining();
        if (before + block.remaining() > MAX_HEAD_BYTES) {
            throw new IOException("the headers of an answer exceed " + MAX_HEAD_BYTES + " bytes");
        }
        ByteBuffer all = ByteBuffer.allocate(before + block.remaining());
        if (parts != null) {
            all.put(parts);
        }
        return all.put(block).flip();
    }

    private void onHead(int id, ByteBuffer block, boolean end) throws IOException {
        CallHead read = (end ? ends : heads).read(block);
        Http2Stream stream = end ? remove(id) : streams.get(id);
        if (stream != null) {
            stream.onHead(read, end);
        }
    }

    private void onEnd(int id, String text) {
        Http2Stream stream = remove(id);
        if (stream != null) {
            stream.onFailure(text);
        }
    }

    /** Takes a call out that is over; what it still had to send is not wanted. */
    private @Nullable Http2Stream remove(int id) {
        Http2Stream stream = streams.remove(id);
        if (stream != null && stream.outgoing != null) {
            stream.outgoing = null;
            if (stream.queued) {
                toSend.remove(stream);
                stream.queued = false;
            }
            reset(id);
        }
        return stream;
    }

    private void onSettings(int flags, ByteBuffer payload) throws IOException {
        if ((flags & Frames.ACK) != 0) {
            return;
        }
        int before = peer.window();
        peer.read(payload);
        for (Http2Stream stream : streams.values()) {
            stream.window += peer.window() - before;
            enqueueIfBlocked(stream);
        }
        settled = true;
        Frames.header(out, 0, Frames.SETTINGS, Frames.ACK, 0);
    }

    private void onPing(int flags, ByteBuffer payload) {
        if ((flags & Frames.ACK) == 0) {
            Frames.header(out, payload.remaining(), Frames.PING, Frames.ACK, 0);
            out.put(payload);
        }
    }

    private void onGoAway(ByteBuffer payload) {
        leaving = true;
        int last = payload.getInt() & Integer.MAX_VALUE;
        streams.keySet().stream().filter(id -> id > last).toList()
                .forEach(id -> onEnd(id, "the server closes the connection"));
    }

    private void onWindow(int id, int bytes) {
        if (id == 0) {
            window += bytes;
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream != null) {
            stream.window += bytes;
            enqueueIfBlocked(stream);
        }
    }

    private void enqueueIfBlocked(Http2Stream stream) {
        if (stream.outgoing != null && stream.window > 0) {
            enqueue(stream);
        }
    }
}
