package io.nereid.server.grpc;

import io.nereid.inference.FakeClock;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/** Which connections are closed; their event loops run only when a test says so. */
class StalledClientsTest {
    private static final Duration ALLOWED = Duration.ofSeconds(10);
    /** Far more looks than a client is allowed to take nothing for. */
    private static final int MANY = 60;
    private static final int STREAM = 1;
    /** More than HTTP/2's windows let through. */
    private static final int BEYOND_WINDOW = 200_000;

    private final FakeClock clock = new FakeClock();
    private final Ledger ledger = new Ledger(new LedgerLimits(1 << 20, 1 << 20, 10, 64 << 10), clock);
    private final GrpcConnections connections = new GrpcConnections(ledger, ALLOWED);
    private final StalledClients stalled = new StalledClients(connections, true);
    private final Http2ConnectionHandler http2 = new Http2ConnectionHandlerBuilder().server(true)
            .frameListener(new Http2FrameAdapter()).build();
    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInitializer<>() {
        @Override
        protected void initChannel(Channel opened) {
            connections.add(opened);
            opened.pipeline().addLast(http2);
        }
    });
    private boolean awaitsTransport = true;

    /** The only call of the connection. */
    private final class Call implements OpenCall {
        @Override
        public void drain() {}

        @Override
        public boolean awaitsTransport() {
            return awaitsTransport;
        }

        @Override
        public boolean isIdle() {
            return false;
        }

        @Override
        public SocketAddress client() {
            return channel.remoteAddress();
        }
    }

    private final Call call = new Call();

    @BeforeEach
    void open() throws Exception {
        connections.from(channel.remoteAddress()).orElseThrow().countPayload();
        http2.connection().remote().createStream(STREAM, false);
    }

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    /** The event loop takes an answer that the client has no room for. */
    private void answer() throws Http2Exception {
        ChannelHandlerContext context = channel.pipeline().context(http2);
        http2.encoder().writeHeaders(context, STREAM, new DefaultHttp2Headers().status("200"), 0, false,
                context.newPromise());
        http2.encoder().writeData(context, STREAM, Unpooled.wrappedBuffer(new byte[BEYOND_WINDOW]), 0, true,
                context.newPromise());
        http2.flush(context);
    }

    private void take(int bytes) throws Http2Exception {
        http2.connection().remote().flowController().incrementWindowSize(http2.connection().connectionStream(), bytes);
        http2.connection().remote().flowController().incrementWindowSize(http2.connection().stream(STREAM), bytes);
        http2.flush(channel.pipeline().context(http2));
    }

    private void look(int seconds, boolean eventLoopRuns) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            stalled.look(Set.of(call), clock.nanoTime(), ALLOWED);
            if (eventLoopRuns) {
                channel.runPendingTasks();
            }
        }
    }

    @Test
    void look_answerThatTheClientDoesNotTake_closesTheConnection() throws Exception {
        answer();
        look(10, true);
        assertThat(channel.isOpen()).isTrue();
        look(2, true);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void look_answerThatWaitsForTheEventLoop_closesNothing() {
        look(MANY, false);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void look_eventLoopHasNoTimeForWhatTheClientTakes_closesNothing() throws Exception {
        answer();
        look(5, true);
        look(MANY, false);
        assertThat(channel.isOpen()).isTrue();
        look(10, true);
        assertThat(channel.isOpen()).as("the client has its whole time again").isTrue();
        look(3, true);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void look_answerThatIsWritten_closesNothing() throws Exception {
        answer();
        take(BEYOND_WINDOW);
        look(MANY, true);
        assertThat(channel.isOpen()).as("what is written may be on its way, and its call about to end").isTrue();
    }

    @Test
    void look_answerThatTheClientTakesSlowly_closesNothing() throws Exception {
        answer();
        for (int i = 0; i < MANY; i++) {
            take(1_100); // a little more than is asked for
            look(1, true);
        }
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void look_callThatRuns_closesNothing() throws Exception {
        answer();
        awaitsTransport = false;
        look(MANY, true);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void look_answerThatWaitsForTheEventLoop_isNotEndedByTheLedger() throws Exception {
        answer();
        look(5, true);
        look(MANY, false);
        long free = ledger.limit(Resource.NATIVE) - ledger.held(Resource.NATIVE);
        assertThat(catchThrowable(() -> ledger.detached().charge(Resource.NATIVE, free + 1))).isNotNull();
        assertThat(channel.isOpen()).isTrue();
    }
}
