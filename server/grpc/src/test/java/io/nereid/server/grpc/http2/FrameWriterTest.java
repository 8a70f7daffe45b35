package io.nereid.server.grpc.http2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** How often a connection's writes are flushed; what is written is checked by {@link CallConnectionTest}. */
class FrameWriterTest {
    private final Http2ConnectionHandler handler = new Http2ConnectionHandlerBuilder().server(true)
            .frameListener(new Http2FrameAdapter()).build();
    private final Flushes flushes = new Flushes();
    private final EmbeddedChannel channel = new EmbeddedChannel(flushes, handler);
    private final FrameWriter writer = new FrameWriter(handler, channel.pipeline().context(handler));

    /** Counts them on their way to the socket. */
    private static final class Flushes extends ChannelOutboundHandlerAdapter {
        private int count;

        @Override
        public void flush(ChannelHandlerContext context) {
            count++;
            context.flush();
        }
    }

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    @Test
    void flushSoon_severalTimesInATurn_flushesOnceBehindThem() {
        int before = flushes.count;
        writer.flushSoon();
        writer.flushSoon();
        assertThat(flushes.count).isEqualTo(before);
        channel.runPendingTasks();
        assertThat(flushes.count).isEqualTo(before + 1);
        writer.flushSoon();
        channel.runPendingTasks();
        assertThat(flushes.count).isEqualTo(before + 2);
    }

    @Test
    void flushSoon_whileReading_isLeftToTheEndOfThat() {
        int before = flushes.count;
        writer.readBegins();
        writer.flushSoon();
        channel.runPendingTasks();
        assertThat(flushes.count).isEqualTo(before);
        writer.readEnds();
        writer.flushSoon();
        channel.runPendingTasks();
        assertThat(flushes.count).isEqualTo(before + 1);
    }
}
