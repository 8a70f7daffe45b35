package io.nereid.perf.grpc;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What goes onto the connection, frame by frame, under a server's windows and settings. */
class CallsTest {
    private static final int SETTING_BYTES = 6;

    private final ByteBuffer out = ByteBuffer.allocate(256 * 1024);
    private final Calls calls = new Calls(new RequestHead(false, "h:1", "/s/m"), out);

    private record Frame(int type, int flags, int stream, int length) {}

    private static final class Call extends Http2Stream {
        private @Nullable String failure;
        private @Nullable CallHead end;

        Call(int messageBytes) {
            super(true);
            outgoing = ByteBuffer.allocate(messageBytes);
        }

        @Override
        void onHead(CallHead head, boolean ends) {
            end = ends ? head : end;
        }

        @Override
        void onData(ByteBuffer bytes, boolean ends) {
            throw new AssertionError("no test sends data");
        }

        @Override
        void onFailure(String text) {
            failure = text;
        }
    }

    @BeforeEach
    void connect() {
        calls.beginConnection();
        sent();
    }

    /** The frames that were written since the last call. */
    private List<Frame> sent() {
        List<Frame> frames = new ArrayList<>();
        out.flip();
        if (out.remaining() >= 24 && out.get(0) == 'P') {
            out.position(24);
        }
        while (out.hasRemaining()) {
            int length = (out.getShort() & 0xffff) << 8 | (out.get() & 0xff);
            frames.add(new Frame(out.get(), out.get(), out.getInt(), length));
            out.position(out.position() + length);
        }
        out.clear();
        return frames;
    }

    private List<Frame> fill() {
        assertThat(calls.fill()).isFalse();
        return sent();
    }

    private void settings(int... namesAndValues) throws IOException {
        ByteBuffer payload = ByteBuffer.allocate(SETTING_BYTES * namesAndValues.length / 2);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            payload.putShort((short) namesAndValues[i]).putInt(namesAndValues[i + 1]);
        }
        calls.onFrame(Frames.SETTINGS, 0, 0, payload.flip());
        assertThat(sent()).containsExactly(new Frame(Frames.SETTINGS, Frames.ACK, 0, 0));
    }

    private static ByteBuffer number(int value) {
        return ByteBuffer.allocate(4).putInt(value).flip();
    }

    private static List<Frame> data(List<Frame> frames) {
        return frames.stream().filter(frame -> frame.type() == Frames.DATA).toList();
    }

    @Test
    void calls_waitForTheServersSettings() throws IOException {
        Call call = new Call(10);
        calls.enqueue(call);
        assertThat(fill()).isEmpty();
        settings();
        List<Frame> frames = fill();
        assertThat(frames.getFirst().type()).isEqualTo(Frames.HEADERS);
        assertThat(frames.getLast()).isEqualTo(new Frame(Frames.DATA, Frames.END_STREAM, 1, 10));
        assertThat(calls.isWaiting()).isFalse();
    }

    @Test
    void message_isCutByTheWindows_andGoesOnWhenTheyOpen() throws IOException {
        settings(Frames.SETTING_WINDOW, 100_000);
        Call call = new Call(90_000);
        calls.enqueue(call);
        List<Frame> first = data(fill());
        assertThat(first.stream().mapToInt(Frame::length).sum()).as("the connection's window").isEqualTo(65535);
        assertThat(first).allMatch(frame -> frame.length() <= 16384 && frame.flags() == 0);
        assertThat(data(fill())).isEmpty();
        calls.onFrame(Frames.WINDOW_UPDATE, 0, 0, number(1000));
        assertThat(data(fill())).containsExactly(new Frame(Frames.DATA, 0, 1, 1000));
        calls.onFrame(Frames.WINDOW_UPDATE, 0, 0, number(1_000_000));
        List<Frame> rest = data(fill());
        assertThat(rest.stream().mapToInt(Frame::length).sum()).isEqualTo(90_000 - 65535 - 1000);
        assertThat(rest.getLast().flags()).isEqualTo(Frames.END_STREAM);
    }

    /** The only call, so that nothing else would have it go on. */
    @Test
    void message_largerThanTheSpace_goesOnWhenThatIsWritten() throws IOException {
        settings(Frames.SETTING_WINDOW, 1_000_000);
        calls.onFrame(Frames.WINDOW_UPDATE, 0, 0, number(1_000_000));
        calls.enqueue(new Call(602_112));
        int bytes = 0;
        boolean more = true;
        for (int i = 0; more && i < 10; i++) {
            more = calls.fill();
            bytes += data(sent()).stream().mapToInt(Frame::length).sum();
        }
        assertThat(more).isFalse();
        assertThat(bytes).isEqualTo(602_112);
    }

    @Test
    void callWithoutAWindow_doesNotKeepOthersBack() throws IOException {
        settings(Frames.SETTING_WINDOW, 20);
        Call large = new Call(30);
        Call small = new Call(20);
        calls.enqueue(large);
        calls.enqueue(small);
        assertThat(data(fill())).containsExactly(new Frame(Frames.DATA, 0, 1, 20),
                new Frame(Frames.DATA, Frames.END_STREAM, 3, 20));
        assertThat(calls.isWaiting()).isFalse();
        calls.onFrame(Frames.WINDOW_UPDATE, 0, 1, number(5));
        assertThat(data(fill())).containsExactly(new Frame(Frames.DATA, 0, 1, 5));
        settings(Frames.SETTING_WINDOW, 40);
        assertThat(data(fill())).containsExactly(new Frame(Frames.DATA, Frames.END_STREAM, 1, 5));
    }

    @Test
    void noMoreCallsAtATime_thanTheServerTakes() throws IOException {
        settings(Frames.SETTING_MAX_STREAMS, 1);
        Call first = new Call(1);
        Call second = new Call(1);
        calls.enqueue(first);
        calls.enqueue(second);
        assertThat(data(fill())).hasSize(1);
        calls.onFrame(Frames.HEADERS, Frames.END_HEADERS | Frames.END_STREAM, 1,
                ByteBuffer.wrap(new byte[]{(byte) 0x88}));
        assertThat(first.end).isEqualTo(new CallHead(200, -1, ""));
        assertThat(data(fill())).containsExactly(new Frame(Frames.DATA, Frames.END_STREAM, 3, 1));
    }

    @Test
    void refusalOfAHalfSentCall_takesItOut() throws IOException {
        settings(Frames.SETTING_WINDOW, 10);
        Call call = new Call(30);
        calls.enqueue(call);
        fill();
        calls.onFrame(Frames.RST_STREAM, 0, 1, number(7));
        assertThat(call.failure).isEqualTo("the server reset the call, code 7");
        assertThat(sent()).containsExactly(new Frame(Frames.RST_STREAM, 0, 1, 4));
        calls.onFrame(Frames.WINDOW_UPDATE, 0, 1, number(100));
        assertThat(fill()).isEmpty();
    }

    @Test
    void canceledCalls_areReset_andForgotten() throws IOException {
        settings();
        Call begun = new Call(1);
        calls.enqueue(begun);
        fill();
        Call waiting = new Call(1);
        calls.enqueue(waiting);
        calls.cancel(begun);
        calls.cancel(waiting);
        assertThat(sent()).containsExactly(new Frame(Frames.RST_STREAM, 0, 1, 4));
        assertThat(calls.isWaiting()).isFalse();
        calls.onFrame(Frames.HEADERS, Frames.END_HEADERS | Frames.END_STREAM, 1,
                ByteBuffer.wrap(new byte[]{(byte) 0x88}));
        calls.fail("gone");
        assertThat(begun.end).isNull();
        assertThat(begun.failure).isNull();
        assertThat(waiting.failure).isNull();
    }

    @Test
    void serverThatLeaves_endsItsYoungestCalls_andGetsNoMore() throws IOException {
        settings();
        Call old = new Call(1);
        Call young = new Call(1);
        calls.enqueue(old);
        calls.enqueue(young);
        fill();
        calls.onFrame(Frames.GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(1).putInt(0).flip());
        assertThat(young.failure).isEqualTo("the server closes the connection");
        assertThat(old.failure).isNull();
        Call next = new Call(1);
        calls.enqueue(next);
        assertThat(fill()).isEmpty();
        assertThat(calls.isConnectionUsedUp()).isFalse();
        calls.onFrame(Frames.HEADERS, Frames.END_HEADERS | Frames.END_STREAM, 1,
                ByteBuffer.wrap(new byte[]{(byte) 0x88}));
        assertThat(calls.isConnectionUsedUp()).isTrue();
        assertThat(calls.isWaiting()).isTrue();
        connect();
        settings();
        assertThat(data(fill())).containsExactly(new Frame(Frames.DATA, Frames.END_STREAM, 1, 1));
    }

    @Test
    void pings_areAnswered_andLostConnectionsToldToAll() throws IOException {
        settings();
        calls.onFrame(Frames.PING, 0, 0, ByteBuffer.allocate(8));
        assertThat(sent()).containsExactly(new Frame(Frames.PING, Frames.ACK, 0, 8));
        Call begun = new Call(1);
        calls.enqueue(begun);
        fill();
        Call waiting = new Call(1);
        calls.enqueue(waiting);
        calls.fail("gone");
        assertThat(begun.failure).isEqualTo("gone");
        assertThat(waiting.failure).isEqualTo("gone");
        assertThat(calls.isWaiting()).isFalse();
    }
}
