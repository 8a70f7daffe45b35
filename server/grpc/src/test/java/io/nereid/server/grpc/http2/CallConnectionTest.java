package io.nereid.server.grpc.http2;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.nereid.inference.FakeClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;

/** A connection against Netty's client of HTTP/2, both without sockets. */
class CallConnectionTest {
    private static final int WINDOW = 65_535;

    private final Calls calls = new Calls();
    private final FakeClock clock = new FakeClock();
    private final Http2ConnectionHandler http2 = new Http2ConnectionHandlerBuilder().server(false)
            .initialSettings(Http2Settings.defaultSettings()).frameListener(new Client()).build();
    private final EmbeddedChannel client = new EmbeddedChannel(http2);
    private final EmbeddedChannel server = new EmbeddedChannel(
            calls.server(new ServerBootstrap(), Policies.DEFAULT, clock).newConnection());
    private final List<Http2Headers> heads = new ArrayList<>();
    private final List<String> ends = new ArrayList<>();
    private final ByteBuf data = Unpooled.buffer();
    private boolean takes = true;

    /** Keeps what comes. */
    private final class Client extends Http2FrameAdapter {
        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding,
                boolean last) {
            heads.add(headers);
            if (last) {
                ends.add("end of " + streamId);
            }
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int streamId, Http2Headers headers, int dependency,
                short weight, boolean exclusive, int padding, boolean last) {
            onHeadersRead(ctx, streamId, headers, padding, last);
        }

        @Override
        public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf bytes, int padding, boolean last) {
            int count = bytes.readableBytes();
            data.writeBytes(bytes);
            if (last) {
                ends.add("end of " + streamId);
            }
            return takes ? count + padding : padding;
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
            ends.add("reset of " + streamId + ": " + errorCode);
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf text) {
            ends.add("go away after " + lastStreamId + ": " + errorCode + " "
                    + text.toString(StandardCharsets.US_ASCII));
        }
    }

    @BeforeEach
    void connect() {
        server.freezeTime();
        exchange();
    }

    @AfterEach
    void release() {
        server.finishAndReleaseAll();
        client.finishAndReleaseAll();
        data.release();
    }

    /** Lets both sides run until neither has anything to say. */
    private void exchange() {
        for (boolean moved = true; moved;) {
            client.runPendingTasks();
            server.runPendingTasks();
            boolean asked = move(client, server);
            moved = move(server, client) || asked;
        }
    }

    private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
        boolean moved = false;
        for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            moved = true;
            if (to.isOpen()) {
                to.writeInbound(bytes);
            } else {
                bytes.release();
            }
        }
        return moved;
    }

    private static Http2Headers head(String path) {
        return new DefaultHttp2Headers().method("POST").scheme("http").path(path)
                .add("content-type", "application/grpc").add("te", "trailers");
    }

    private void send(int stream, Http2Headers headers, boolean last) {
        http2.encoder().writeHeaders(client.pipeline().context(http2), stream, headers, 0, last, client.newPromise());
        client.flush();
        exchange();
    }

    private void send(int stream, byte[] message, boolean last) {
        http2.encoder().writeData(client.pipeline().context(http2), stream,
                Unpooled.buffer().writeByte(0).writeInt(message.length).writeBytes(message), 0, last,
                client.newPromise());
        client.flush();
        exchange();
    }

    private ServerCall<byte[], InputStream> begin(String method, boolean last) {
        send(3, head("/" + method), false);
        send(3, new byte[]{1, 2}, last);
        return calls.begun.getLast();
    }

    private void answer(ServerCall<byte[], InputStream> call, InputStream message) {
        call.sendHeaders(new Metadata());
        call.sendMessage(message);
        call.close(Status.OK, new Metadata());
        exchange();
    }

    @Test
    void call_answered_isHeadMessageAndEnd() {
        answer(begin(Calls.UNARY, true), new ByteArrayInputStream(new byte[]{7}));
        assertThat(calls.received).containsExactly(new byte[]{1, 2});
        assertThat(calls.events).containsExactly("half-closed", "complete");
        assertThat(heads).hasSize(2);
        assertThat(heads.getFirst().status()).hasToString("200");
        assertThat(heads.getFirst().get("content-type")).hasToString("application/grpc");
        assertThat(heads.getLast().get("grpc-status")).hasToString("0");
        assertThat(data).isEqualTo(Unpooled.wrappedBuffer(new byte[]{0, 0, 0, 0, 1, 7}));
        assertThat(ends).containsExactly("end of 3");
    }

    /** The client has not ended its side: nobody reads what it would send. */
    @Test
    void call_answeredBeforeItsEnd_isResetWithoutAnError() {
        answer(begin(Calls.UNARY, false), new ByteArrayInputStream(new byte[0]));
        assertThat(ends).containsExactly("end of 3", "reset of 3: 0");
        assertThat(calls.events).containsExactly("complete");
    }

    @Test
    void call_withoutAResponse_isAnError() {
        ServerCall<byte[], InputStream> call = begin(Calls.UNARY, true);
        call.close(Status.OK, new Metadata());
        exchange();
        assertThat(heads).singleElement()
                .satisfies(only -> assertThat(only.get("grpc-status")).hasToString("13"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /test.Calls/None  | POST | application/grpc | 200 | 12 | Method not found: /test.Calls/None
            test.Calls/Unary  | POST | application/grpc | 404 | 12 | Expected path to start with /: got test.Calls/Unary
            /test.Calls/Unary | POST | application/json | 415 | 13 | Content-Type 'application/json' is not supported
            /test.Calls/Unary | GET  | application/grpc | 405 | 13 | Method 'GET' is not supported
            """)
    void request_thatIsNoCall_isRefused(String path, String method, String type, String http, String grpc,
            String text) {
        send(3, head(path).method(method).set("content-type", type), false);
        assertThat(heads).singleElement().satisfies(only -> {
            assertThat(only.status()).hasToString(http);
            assertThat(only.get("grpc-status")).hasToString(grpc);
            assertThat(only.get("grpc-message")).hasToString(text);
        });
        assertThat(ends).containsExactly("end of 3", "reset of 3: 0");
        assertThat(calls.begun).isEmpty();
    }

    @Test
    void encodingThatNobodyKnows_isUnimplemented() {
        send(3, head("/" + Calls.UNARY).add("grpc-encoding", "snappy"), true);
        assertThat(heads.getFirst().get("grpc-message")).hasToString("Can't find decompressor for snappy");
        assertThat(heads.getFirst().get("grpc-status")).hasToString("12");
    }

    @Test
    void deadline_thatPasses_resetsTheCall() {
        send(3, head("/" + Calls.UNARY).add("grpc-timeout", "50m"), false);
        server.advanceTimeBy(60, TimeUnit.MILLISECONDS);
        server.runScheduledPendingTasks();
        exchange();
        assertThat(ends).containsExactly("reset of 3: 8");
        assertThat(calls.events).containsExactly("cancelled");
        assertThat(calls.begun.getLast().isCancelled()).isTrue();
    }

    @Test
    void pings_tooMany_endTheConnectionWithItsCalls() {
        begin(Calls.STREAM, false);
        for (int i = 0; i < 4; i++) {
            http2.encoder().writePing(client.pipeline().context(http2), false, i, client.newPromise());
            client.flush();
        }
        exchange();
        assertThat(ends.getFirst()).isEqualTo("go away after 3: 11 too_many_pings");
        assertThat(server.isOpen()).isFalse();
        assertThat(calls.events).containsExactly("cancelled");
    }

    /** A message whose bytes lie somewhere else, and who holds them. */
    private static final class Referenced extends InputStream implements MessageByReference {
        private final ByteBuffer bytes;
        private int holders;

        Referenced(int length) {
            bytes = ByteBuffer.allocateDirect(length);
            for (int i = 0; i < length; i++) {
                bytes.put(i, (byte) i);
            }
        }

        @Override
        public int length() {
            return bytes.capacity();
        }

        @Override
        public void forEachPiece(Consumer<ByteBuffer> reader) {
            reader.accept(bytes.slice(0, 10));
            reader.accept(bytes.slice(10, bytes.capacity() - 10));
        }

        @Override
        public void retain() {
            holders++;
        }

        @Override
        public void release() {
            holders--;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("it is not copied");
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            throw new UnsupportedOperationException("it is not copied");
        }
    }

    private void expectBytes(int count) {
        assertThat(data.readableBytes()).isEqualTo(5 + count);
        assertThat(data.getInt(1)).isEqualTo(count);
        for (int i = 0; i < count; i++) {
            assertThat(data.getByte(5 + i)).isEqualTo((byte) i);
        }
    }

    @Test
    void largeResponse_isSentAsFarAsTheWindowGoes_andHeldUntilThen() throws Http2Exception {
        takes = false;
        Referenced message = new Referenced(200_000);
        answer(begin(Calls.UNARY, true), message);
        assertThat(data.readableBytes()).isEqualTo(WINDOW);
        assertThat(message.holders).isOne();
        assertThat(calls.events).containsExactly("half-closed");
        takes = true;
        while (message.holders > 0) {
            http2.decoder().flowController().consumeBytes(http2.connection().stream(3), WINDOW);
            client.flush();
            exchange();
        }
        expectBytes(200_000);
        assertThat(calls.events).containsExactly("half-closed", "complete");
    }

    @Test
    void smallResponse_isCopied() {
        Referenced message = new Referenced(2_000);
        ServerCall<byte[], InputStream> call = begin(Calls.STREAM, false);
        call.sendHeaders(new Metadata());
        call.sendMessage(message);
        assertThat(message.holders).isZero();
        exchange();
        expectBytes(2_000);
    }

    @Test
    void responsesOfACallThatIsGivenUp_areReleased() {
        takes = false;
        Referenced written = new Referenced(200_000);
        Referenced late = new Referenced(10_000);
        ServerCall<byte[], InputStream> call = begin(Calls.STREAM, false);
        call.sendHeaders(new Metadata());
        call.sendMessage(written);
        assertThat(call.isReady()).isFalse();
        http2.resetStream(client.pipeline().context(http2), 3, 8, client.newPromise());
        client.flush();
        exchange();
        assertThat(written.holders).isZero();
        assertThat(calls.events).containsExactly("cancelled");
        call.sendMessage(late);
        call.close(Status.OK, new Metadata());
        exchange();
        assertThat(late.holders).isZero();
    }

    @Test
    void connectionThatEnds_givesUpItsCalls() {
        Referenced message = new Referenced(200_000);
        takes = false;
        answer(begin(Calls.UNARY, true), message);
        server.close();
        server.disconnect();
        server.pipeline().fireChannelInactive();
        assertThat(calls.events).contains("cancelled");
    }

    @Test
    void sendAway_saysGoodbyeTwice_andEndsWithTheLastCall() {
        ServerCall<byte[], InputStream> call = begin(Calls.UNARY, true);
        server.pipeline().get(CallConnection.class).sendAway("bye");
        exchange();
        assertThat(ends).containsExactly("go away after 2147483647: 0 bye", "go away after 3: 0 bye");
        assertThat(server.isOpen()).isTrue();
        answer(call, new ByteArrayInputStream(new byte[]{1}));
        assertThat(ends).contains("end of 3");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void bytesThatNoCallWants_areKnownToWait() {
        begin(Calls.STREAM, false);
        CallConnection connection = server.pipeline().get(CallConnection.class);
        send(3, new byte[1_000], false);
        assertThat(connection.waitingBytes()).isEqualTo(1_005);
        calls.begun.getLast().request(1);
        assertThat(connection.waitingBytes()).isZero();
        send(3, new byte[500], false);
        http2.resetStream(client.pipeline().context(http2), 3, 8, client.newPromise());
        client.flush();
        exchange();
        assertThat(connection.waitingBytes()).isZero();
    }
}
