package io.nereid.server.http.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** How often a connection is read before its event loop looks at the others. */
final class BodyReceiverTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Body body = new Body();
    private RecvByteBufAllocator.ExtendedHandle reads;

    /** A body of which so many bytes are missing. */
    private static final class Body implements BodyReceiver.Destination {
        private int missing;

        @Override
        public @Nullable ByteBuf space() {
            return missing == 0 ? null : Unpooled.directBuffer(missing);
        }

        @Override
        public boolean isReceiving() {
            return missing > 0;
        }

        @Override
        public void received(int bytes) {
            missing -= bytes;
        }

        @Override
        public void headBytes(int bytes) {}
    }

    @BeforeEach
    void beginToRead() {
        reads = (RecvByteBufAllocator.ExtendedHandle) new BodyReceiver(body).allocator().newHandle();
        reads.reset(channel.config());
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    /** A read that fills all of what it was given, if it is said so; whether another one follows. */
    private boolean readsOn(int bytes, int missingThen, boolean full) {
        reads.allocate(channel.alloc()).release();
        reads.attemptedBytesRead(full ? bytes : bytes + 1);
        reads.lastBytesRead(bytes);
        reads.incMessagesRead(1);
        body.missing = missingThen;
        return reads.continueReading();
    }

    @Test
    void continueReading_bodyBegins_itsRestIsReadToo() {
        assertThat(readsOn(16 << 10, 600_000, true)).isTrue();
        assertThat(readsOn(48 << 10, 550_000, true)).isTrue();
        assertThat(readsOn(500_000, 50_000, true)).isFalse();
    }

    @Test
    void continueReading_longBodyUnderWay_othersHaveTheirTurn() {
        body.missing = 100 << 20;
        assertThat(readsOn(256 << 10, 99 << 20, true)).isFalse();
    }

    @Test
    void continueReading_manyShortReads_othersHaveTheirTurn() {
        assertThat(readsOn(16 << 10, 90_000, true)).isTrue();
        assertThat(readsOn(1 << 10, 80_000, true)).isTrue();
        assertThat(readsOn(1 << 10, 70_000, true)).isFalse();
    }

    @Test
    void continueReading_socketIsEmptyOrBodyIsWhole_noFurtherCall() {
        assertThat(readsOn(16 << 10, 600_000, false)).isFalse();
        reads.reset(channel.config());
        assertThat(readsOn(16 << 10, 0, true)).isFalse();
    }
}
