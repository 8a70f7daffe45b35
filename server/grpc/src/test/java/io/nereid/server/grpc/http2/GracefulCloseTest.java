package io.nereid.server.grpc.http2;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** When a connection that is to end knows that its client begins no more calls. */
class GracefulCloseTest {
    private final Http2ConnectionHandler handler = new Http2ConnectionHandlerBuilder().server(true)
            .frameListener(new Http2FrameAdapter()).build();
    private final EmbeddedChannel channel = new EmbeddedChannel(handler);
    private int heard;
    private final GracefulClose close = new GracefulClose(handler, channel.pipeline().context(handler), "bye",
            () -> heard++);

    @BeforeEach
    void start() {
        channel.freezeTime();
        close.start();
    }

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void answered_theSecondTimeOrLate_isHeardOnce() {
        assertThat(heard).isZero();
        close.answered(GracefulClose.PING);
        assertThat(heard).isOne();
        close.answered(GracefulClose.PING);
        pass(60);
        assertThat(heard).isOne();
    }

    @Test
    void answered_anotherPing_waitsOn() {
        close.answered(GracefulClose.PING + 1);
        assertThat(heard).isZero();
    }

    @Test
    void clientThatDoesNotAnswer_isWaitedForTenSeconds() {
        pass(9);
        assertThat(heard).isZero();
        pass(2);
        assertThat(heard).isOne();
    }

    @Test
    void connectionThatHasEndedMeanwhile_isNotClosedAgain() {
        channel.close();
        close.answered(GracefulClose.PING);
        assertThat(heard).isZero();
    }
}
