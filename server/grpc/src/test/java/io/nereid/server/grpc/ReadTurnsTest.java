package io.nereid.server.grpc;

import io.nereid.inference.FakeClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

class ReadTurnsTest {
    private static final int HEADERS = 1;

    private final FakeClock clock = new FakeClock();
    private final ByteBuf received = Unpooled.buffer();
    private long nanosPerRead;
    private int reads;
    private int readsComplete;
    private int asked;
    private final EmbeddedChannel channel = new EmbeddedChannel(new Socket(), new ReadTurns(clock), new Http2());

    /** What stands before: the reads that reach the socket. */
    private final class Socket extends ChannelOutboundHandlerAdapter {
        @Override
        public void read(ChannelHandlerContext ctx) {
            asked++;
        }
    }

    /** What stands behind: takes its time with whatever comes. */
    private final class Http2 extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            received.writeBytes(bytes);
            bytes.release();
            reads++;
            clock.advanceNanos(nanosPerRead);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            readsComplete++;
            ctx.read(); // as the codec of HTTP/2 does where reading is off
        }
    }

    @AfterEach
    void release() {
        received.release();
        channel.finishAndReleaseAll();
    }

    private static ByteBuf preface() {
        return Unpooled.copiedBuffer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", US_ASCII);
    }

    private static ByteBuf frames(int count, int length) {
        ByteBuf all = Unpooled.buffer();
        for (int i = 0; i < count; i++) {
            all.writeMedium(length).writeByte(HEADERS).writeByte(0).writeInt(2 * i + 1).writeBytes(new byte[length]);
        }
        return all;
    }

    /** One pass over the socket; unlike {@link EmbeddedChannel#writeInbound} it runs no timers. */
    private void read(ByteBuf... buffers) {
        for (ByteBuf each : buffers) {
            channel.pipeline().fireChannelRead(each);
        }
        channel.pipeline().fireChannelReadComplete();
    }

    private void begin() {
        read(preface());
        received.clear();
        reads = 0;
        readsComplete = 0;
        asked = 0;
    }

    @Test
    void manyFrames_thatTakeLong_comeInTurnsAndTheSocketIsNotRead() {
        begin();
        nanosPerRead = ReadTurns.TURN_NANOS;
        int groupBytes = ReadTurns.GROUP_FRAMES * (9 + 20);
        ByteBuf sent = frames(3 * ReadTurns.GROUP_FRAMES, 20);
        read(sent.copy());
        for (int turn = 1; turn < 3; turn++) {
            assertThat(received.readableBytes()).isEqualTo(turn * groupBytes);
            assertThat(channel.config().isAutoRead()).isFalse();
            assertThat(asked).isZero();
            assertThat(readsComplete).as("what was handled is answered").isEqualTo(turn);
            channel.runScheduledPendingTasks();
        }
        assertThat(received).isEqualTo(sent);
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(asked).isPositive();
        sent.release();
    }

    @Test
    void manyFrames_thatTakeNoTime_comeInOneTurn() {
        begin();
        read(frames(3 * ReadTurns.GROUP_FRAMES, 20));
        assertThat(reads).isEqualTo(3);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void partOfALongFrame_isPassedOnAsItCame() {
        EmbeddedChannel direct = new EmbeddedChannel(new ReadTurns(clock));
        ByteBuf began = Unpooled.buffer().writeBytes(preface()).writeMedium(1 << 20).writeZero(60_000);
        direct.writeInbound(began);
        ByteBuf passedOn = direct.readInbound();
        assertThat(passedOn).isSameAs(began);
        began.release();
        direct.finishAndReleaseAll();
    }

    @Test
    void turns_endTogetherWithSeveralReadsOfOnePass() {
        begin();
        nanosPerRead = ReadTurns.TURN_NANOS / 2;
        read(frames(1, 20), frames(2 * ReadTurns.GROUP_FRAMES, 20));
        assertThat(reads).isEqualTo(2);
        channel.runScheduledPendingTasks();
        assertThat(reads).isEqualTo(3);
    }

    @Test
    void frames_cutAnywhere_comeInOrder() {
        begin();
        Random random = new Random(7);
        ByteBuf all = Unpooled.buffer();
        for (int i = 0; i < 500; i++) {
            int length = random.nextInt(random.nextBoolean() ? 20 : 2000);
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            all.writeMedium(length).writeByte(random.nextInt(10)).writeByte(0).writeInt(i).writeBytes(payload);
        }
        nanosPerRead = ReadTurns.TURN_NANOS / 3;
        ByteBuf left = all.duplicate();
        while (left.isReadable()) {
            int part = Math.min(left.readableBytes(), 1 + random.nextInt(random.nextBoolean() ? 5 : 30_000));
            read(left.readBytes(part)); // also while a turn is awaited, as decrypted bytes are
        }
        while (!channel.config().isAutoRead()) {
            channel.runScheduledPendingTasks();
        }
        assertThat(ByteBufUtil.equals(received, all)).isTrue();
        all.release();
    }

    @Test
    void connectionThatEnds_releasesWhatWaits() {
        begin();
        nanosPerRead = ReadTurns.TURN_NANOS;
        ByteBuf sent = frames(3 * ReadTurns.GROUP_FRAMES, 20);
        read(sent);
        assertThat(sent.refCnt()).isPositive();
        channel.pipeline().fireChannelInactive();
        assertThat(sent.refCnt()).isZero();
        channel.runScheduledPendingTasks();
        assertThat(reads).isEqualTo(1);
    }
}
