package io.nereid.server.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SocketReadsTest {
    private static final int MOST_BYTES = 256 << 10;
    private static final int READS = 100;

    /** Else 24 clients that send long messages have a loop read for some hundred milliseconds before anybody else. */
    @Test
    void allocator_socketThatAlwaysHasMore_isLeftAfterAQuarterMebibyte() {
        EmbeddedChannel channel = new EmbeddedChannel();
        RecvByteBufAllocator.ExtendedHandle handle = (RecvByteBufAllocator.ExtendedHandle) SocketReads.allocator()
                .newHandle();
        long most = 0;
        for (int i = 0; i < READS; i++) {
            most = Math.max(most, readOnce(channel, handle));
        }
        channel.close();

        assertThat(most).isBetween(64L << 10, (long) MOST_BYTES);
    }

    private static long readOnce(EmbeddedChannel channel, RecvByteBufAllocator.ExtendedHandle handle) {
        long read = 0;
        handle.reset(channel.config());
        do {
            ByteBuf piece = handle.allocate(ByteBufAllocator.DEFAULT);
            handle.attemptedBytesRead(piece.writableBytes());
            handle.lastBytesRead(piece.writableBytes());
            handle.incMessagesRead(1);
            read += piece.writableBytes();
            piece.release();
        } while (handle.continueReading());
        handle.readComplete();
        return read;
    }
}
