package io.nereid.server.http.connection;

import io.nereid.inference.Lease;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Clients that keep the server waiting, in a channel whose time and socket the test holds still. */
class ConnectionTimeoutTest {
    private static final ConnectionLimits LIMITS = new ConnectionLimits(8 << 10, 1 << 30, Duration.ofSeconds(600),
            Duration.ofSeconds(20), Duration.ofSeconds(30));
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n";

    private static final long TOTAL = 64 << 20;

    private final TensorMemory memory = new TensorMemory(64 << 20, 0);
    private final ArrayDeque<HttpExchange> waiting = new ArrayDeque<>();
    private final Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 100, 64 << 10), this::nanoTime);
    private final ConnectionInitializer connections = new ConnectionInitializer(waiting::add, memory, LIMITS,
            ledger, null);
    private final StallingChannel channel = new StallingChannel(connections);

    @AfterEach
    void close() {
        channel.stalled = false;
        channel.finishAndReleaseAll();
        waiting.forEach(exchange -> exchange.body().release());
        assertThat(memory.bytesInUse()).isZero();
    }

    // Idle

    @Test
    void connection_nothingAsked_isClosedAfterTheIdleTimeout() {
        pass(599);
        assertThat(channel.isOpen()).isTrue();
        pass(2);
        assertThat(channel.isOpen()).isFalse();
        assertThat(sent()).isEmpty();
    }

    @Test
    void connection_nothingAskedAfterAReply_isClosedAfterTheIdleTimeout() {
        pass(500);
        send(GET);
        answer(10);
        pass(599);
        assertThat(channel.isOpen()).isTrue();
        pass(2);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void connection_requestBeingAnswered_isNeverTooSlow() {
        send(GET);
        pass(100_000);
        assertThat(channel.isOpen()).isTrue();
        answer(3);
        assertThat(sent()).startsWith("HTTP/1.1 200");
    }

    // Heads

    @Test
    void head_comesNoFurther_isRefusedWith408() {
        send("GET / HT");
        pass(19);
        send("TP/1.1\r\n");
        assertThat(channel.isOpen()).isTrue();
        pass(3);
        assertThat(sent()).startsWith("HTTP/1.1 408").contains("Connection: close", "did not arrive in time");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void head_pipelinedBehindAReplyNobodyReadsYet_isNotTooSlow() {
        channel.stalled = true;
        send(GET);
        answer(1 << 20);
        send(GET);
        pass(25);
        assertThat(channel.isOpen()).isTrue();
        assertThat(waiting).isEmpty();
        channel.goOn();
        assertThat(waiting).hasSize(1);
    }

    // Bodies

    @Test
    void body_comesNoFurther_isRefusedWith408AndItsMemoryComesBack() {
        send(POST + "abc");
        assertThat(memory.bytesInUse()).isPositive();
        pass(29);
        assertThat(channel.isOpen()).isTrue();
        pass(3);
        assertThat(sent()).startsWith("HTTP/1.1 408");
        assertThat(memory.bytesInUse()).isZero();
        assertThat(channel.isOpen()).isFalse();
    }

    /** However much had come before: what is long since received buys no time. */
    @Test
    void body_standsStillAfterMuchOfIt_isRefusedAsSoonAsOneThatHardlyBegan() {
        send(POST + "x".repeat(900_000));
        pass(1);
        pass(32);
        assertThat(sent()).startsWith("HTTP/1.1 408");
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void body_comesSlowlyButFastEnough_isServed() {
        send(POST);
        for (int second = 0; second < 500; second++) {
            send("x".repeat(2_000));
            pass(1);
        }
        assertThat(waiting).hasSize(1);
    }

    @Test
    void body_drips_isRefusedThoughItNeverStandsStill() {
        send(POST);
        int seconds = 0;
        for (; seconds < 40 && channel.isOpen(); seconds++) {
            send("x");
            pass(1);
        }
        assertThat(seconds).isBetween(30, 33);
        assertThat(sent()).startsWith("HTTP/1.1 408");
    }

    // Clients that do not read

    @Test
    void client_pipelinesAndNeverReads_isServedOnlyWhatTheBufferTakesAndReadNoFurther() {
        channel.stalled = true;
        send(GET.repeat(500));
        assertThat(waiting).hasSize(1);
        answer(1 << 20);
        assertThat(waiting).isEmpty();
        assertThat(channel.config().isAutoRead()).isFalse();
        channel.goOn();
        assertThat(waiting).hasSize(1);
        for (int i = 1; i < 500; i++) {
            answer(10);
        }
        assertThat(waiting).isEmpty();
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(sent().split("HTTP/1.1 200", -1)).hasSize(501);
    }

    @Test
    void client_readsNothingOfItsReply_isClosedAfterTheBodyTimeout() {
        channel.stalled = true;
        send(GET);
        answer(1 << 20);
        pass(1);
        pass(29);
        assertThat(channel.isOpen()).isTrue();
        pass(3);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void client_readsNothingOfAStream_isClosedAfterTheBodyTimeoutThoughMoreIsSent() {
        channel.stalled = true;
        send(GET);
        HttpExchange exchange = waiting.remove();
        exchange.body().release();
        exchange.startStream(HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT));
        for (int second = 0; second < 35; second++) {
            exchange.send(Unpooled.copiedBuffer("event", StandardCharsets.US_ASCII), Lease.NONE);
            pass(1);
        }
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void client_readsItsReplySlowly_isNotIdle() {
        channel.stalled = true;
        send(GET);
        for (int i = 0; i < 100; i++) {
            if (i == 0) {
                answer(8 << 20);
            }
            pass(20);
            channel.progress(40_000);
        }
        assertThat(channel.isOpen()).isTrue();
        channel.goOn();
        pass(601);
        assertThat(channel.isOpen()).isFalse();
    }

    /** It never stands still, and yet would hold its answer for years. */
    @Test
    void client_readsItsReplyByTheDrip_isClosed() {
        channel.stalled = true;
        send(GET);
        answer(8 << 20);
        int seconds = 0;
        for (; seconds < 100 && channel.isOpen(); seconds++) {
            channel.progress(10);
            pass(1);
        }
        assertThat(seconds).isBetween(30, 34);
    }

    @Test
    void client_doesNotReadItsRefusal_isClosedNonetheless() {
        channel.stalled = true;
        send("nonsense\r\n\r\n");
        pass(1);
        pass(32);
        assertThat(channel.isOpen()).isFalse();
    }

    // Asked to close

    @Test
    void askToClose_idleConnection_staysUntilItsNextReply() {
        connections.askToClose();
        pass(100);
        assertThat(channel.isOpen()).isTrue();
        send(GET);
        answer(10);
        assertThat(sent()).startsWith("HTTP/1.1 200").contains("Connection: close");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void askToClose_requestUnderWay_isAnsweredWithTheNews() {
        send(GET);
        connections.askToClose();
        answer(10);
        assertThat(sent()).contains("Connection: close");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void askToClose_requestsPipelined_allAreAnsweredAndTheLastSaysIt() {
        send(GET.repeat(3));
        connections.askToClose();
        answer(10);
        answer(10);
        assertThat(sent()).doesNotContain("Connection: close");
        answer(10);
        assertThat(sent()).contains("Connection: close");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void askToClose_streamBegins_endsWithIt() {
        connections.askToClose();
        send(GET);
        HttpExchange exchange = waiting.remove();
        exchange.body().release();
        exchange.startStream(HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT));
        exchange.endStream();
        assertThat(sent()).contains("Connection: close");
        assertThat(channel.isOpen()).isFalse();
    }

    // Draining

    @Test
    void drain_clientReadsNothing_isCutLongBeforeTheBodyTimeout() {
        channel.stalled = true;
        send(GET);
        answer(1 << 20);
        pass(3);
        channel.pipeline().fireUserEventTriggered(HttpConnection.Drain.NOW);
        pass(4);
        assertThat(channel.isOpen()).isTrue();
        pass(3);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void drain_clientReadsSlowly_isGivenTheTimeItTakes() {
        channel.stalled = true;
        send(GET);
        answer(8 << 20);
        channel.pipeline().fireUserEventTriggered(HttpConnection.Drain.NOW);
        for (int i = 0; i < 20; i++) {
            channel.progress(8_000);
            pass(4);
        }
        assertThat(channel.isOpen()).isTrue();
        channel.goOn();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void drain_bodyStillArriving_isServedFirst() {
        send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe");
        assertThat(connections.drain(Duration.ofMillis(1))).isFalse();
        pass(1);
        send("llo");
        answer(10);
        assertThat(sent()).startsWith("HTTP/1.1 200").contains("Connection: close");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void drain_afterItBegan_nothingMoreIsServed() {
        channel.stalled = true;
        send(GET);
        answer(1 << 20);
        channel.pipeline().fireUserEventTriggered(HttpConnection.Drain.NOW);
        send(GET);
        assertThat(waiting).isEmpty();
        assertThat(channel.isOpen()).isTrue();
        channel.goOn();
        assertThat(channel.isOpen()).isFalse();
        assertThat(waiting).isEmpty();
    }

    /** The channel's time; the ledger asks before there is a channel. */
    @SuppressWarnings({"ConstantValue", "UnnecessaryParentheses"})
    private long nanoTime() {
        StallingChannel made = channel;
        return made == null ? 0 : made.eventLoop().ticker().nanoTime();
    }

    private void send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void answer(int bytes) {
        HttpExchange exchange = waiting.remove();
        exchange.body().release();
        exchange.reply(HttpReply.of(HttpResponseStatus.OK, HttpReply.TEXT, Unpooled.buffer(bytes).writeZero(bytes)));
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private String sent() {
        StringBuilder all = new StringBuilder();
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            all.append(new String(ByteBufUtil.getBytes(buffer), StandardCharsets.US_ASCII));
            buffer.release();
        }
        return all.toString();
    }

    /** A channel whose socket takes nothing while it is stalled. */
    private static final class StallingChannel extends EmbeddedChannel {
        private boolean stalled;

        StallingChannel(ConnectionInitializer connections) {
            super(new TimeFreezer(), connections);
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer outbound) throws Exception {
            if (!stalled) {
                super.doWrite(outbound);
            }
        }

        /** The client reads all there is, and goes on to. */
        void goOn() {
            stalled = false;
            flush();
            runPendingTasks();
        }

        /** The client reads some of what is being sent. */
        void progress(int bytes) {
            unsafe().outboundBuffer().progress(bytes);
        }
    }
}
