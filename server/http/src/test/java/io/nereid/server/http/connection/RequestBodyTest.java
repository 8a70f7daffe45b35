package io.nereid.server.http.connection;

import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.EventExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

/** How a body's buffer grows: with no long copy on the event loop, and nothing lost on the way. */
class RequestBodyTest {
    private static final int MIB = 1 << 20;
    private static final int READ = 64 << 10;

    /** Does nothing by itself: what is scheduled waits for {@link EmbeddedChannel#runScheduledPendingTasks}. */
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventExecutor loop = channel.eventLoop();
    private final TensorMemory memory = new TensorMemory(1L << 30, 0);
    private final Ledger ledger = new Ledger(LedgerLimits.DEFAULT, NanoClock.SYSTEM);
    private final Account account = ledger.connection(_ -> {
    }, Duration.ofSeconds(60));

    @AfterEach
    void everythingIsGivenBack() {
        account.close();
        channel.close();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void grow_largeBody_movesItPieceByPieceWithTheReadsThatFollow() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, 80 * MIB, 1L << 30, 0);
        long received = fill(body, 0, 16 * MIB);
        long before = memory.bytesInUse();
        received = fill(body, received, received + READ);
        assertThat(memory.bytesInUse()).as("old and new buffer").isGreaterThan(80 * MIB + before - 1);
        received = fill(body, received, received + 8 * READ);
        assertThat(memory.bytesInUse()).as("the new buffer alone").isLessThan(80 * MIB + before);
        fill(body, received, 80 * MIB);
        assertHasAll(body.take(), 80 * MIB);
    }

    @Test
    void grow_clientThatSendsNoMore_movesItAllTheSame() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, 80 * MIB, 1L << 30, 0);
        fill(body, 0, 16 * MIB + READ);
        assertThat(memory.bytesInUse()).as("old and new buffer").isGreaterThanOrEqualTo(96 * MIB);
        for (int turns = 0; turns < 20; turns++) {
            channel.runScheduledPendingTasks();
        }
        assertThat(memory.bytesInUse()).as("the new buffer alone").isLessThan(96 * MIB);
        body.release();
    }

    @Test
    void take_endsWhileItIsMoved_hasEverything() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, -1, 1L << 30, 0);
        long end = 16 * MIB + READ; // of a chunked body, which grows with the first byte of the last chunk
        for (long at = 0; at < end; at += READ) {
            ByteBuf chunk = Unpooled.buffer(READ);
            write(chunk, at, READ);
            body.append(chunk);
        }
        assertThat(memory.bytesInUse()).as("old and new buffer").isGreaterThan(2 * 16 * MIB);
        assertHasAll(body.take(), end);
    }

    /** Else a loop with some dozens of such clients would need hundreds of milliseconds for one read of each. */
    @Test
    void space_longBody_isShort() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, 40 * MIB, 1L << 30, 0);
        long at = 0;
        while (at < 40 * MIB) {
            int space = body.space().writableBytes();
            assertThat(space).isBetween(1, 256 << 10);
            at = fill(body, at, at + space);
        }
        body.take().release();
    }

    @Test
    void space_imageThatIsKnown_isAllOfIt() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, 602_112, 1L << 30, 0);
        fill(body, 0, 64 << 10);
        assertThat(body.space().writableBytes()).isEqualTo(602_112 - (64 << 10));
        body.release();
    }

    @Test
    void release_whileItIsMoved_givesBothBack() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, 80 * MIB, 1L << 30, 0);
        fill(body, 0, 16 * MIB + READ);
        body.release();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void append_chunkedBody_isMovedWithThePiecesThatFollow() throws Exception {
        RequestBody body = new RequestBody(loop, memory, account, -1, 1L << 30, 0);
        long sent = 0;
        while (sent < 20 * MIB) {
            ByteBuf piece = Unpooled.buffer(READ);
            write(piece, sent, READ);
            body.append(piece);
            sent += READ;
        }
        assertHasAll(body.take(), 20 * MIB);
    }

    /** Bytes from {@code from} to {@code to} as reads of the socket bring them. */
    private static long fill(RequestBody body, long from, long to) throws Exception {
        long at = from;
        while (at < to) {
            ByteBuf space = body.space();
            int count = (int) Math.min(Math.min(READ, to - at), space.writableBytes());
            write(space, at, count);
            body.advance(count);
            at += count;
        }
        return at;
    }

    private static void write(ByteBuf space, long offset, int count) {
        for (int i = 0; i < count; i++) {
            space.writeByte(byteAt(offset + i));
        }
    }

    private static void assertHasAll(TensorBuffer whole, long length) {
        assertThat(whole.segment().byteSize()).isEqualTo(length);
        for (long i = 0; i < length; i++) {
            if (whole.segment().get(ValueLayout.JAVA_BYTE, i) != byteAt(i)) {
                throw new AssertionError("byte " + i + " is not what was sent");
            }
        }
        whole.release();
    }

    private static byte byteAt(long offset) {
        return (byte) (offset * 31 + (offset >> 16));
    }
}
