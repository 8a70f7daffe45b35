package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Account;
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
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.nereid.server.ledger.Resource.HEAP;
import static io.nereid.server.ledger.Resource.NATIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a connection is charged with, and how it is ended, in channels whose time and sockets the test holds still. */
class ConnectionLedgerTest {
    private static final int MIB = 1 << 20;
    private static final long TOTAL = 160 * MIB;
    private static final long FIXED = Ledger.CONNECTION_NATIVE_BYTES;
    private static final ConnectionLimits LIMITS = new ConnectionLimits(64 << 10, Integer.MAX_VALUE,
            Duration.ofSeconds(600), Duration.ofSeconds(20), Duration.ofSeconds(30));
    private static final String GET = "GET /v2/health/live HTTP/1.1\r\n\r\n";

    private long nowNanos;
    private final TensorMemory memory = new TensorMemory(1 << 30, 0);
    private final ArrayDeque<HttpExchange> waiting = new ArrayDeque<>();
    private final Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 100, 64 << 10), () -> nowNanos);
    private final ConnectionInitializer connections = new ConnectionInitializer(waiting::add, memory, LIMITS, ledger,
            null);
    private final ArrayDeque<Client> clients = new ArrayDeque<>();

    @AfterEach
    void close() {
        for (Client client : clients) {
            client.stalled = false;
            client.finishAndReleaseAll();
        }
        waiting.forEach(exchange -> exchange.body().release());
        assertThat(memory.bytesInUse()).isZero();
        assertThat(ledger.held(HEAP)).isZero();
        assertThat(ledger.ending(NATIVE)).isZero();
    }

    private Client connect() {
        Client client = new Client(connections);
        clients.add(client);
        return client;
    }

    private void pass(int seconds) {
        for (int second = 0; second < seconds; second++) {
            nowNanos += TimeUnit.SECONDS.toNanos(1);
            for (Client client : clients) {
                client.advanceTimeBy(1, TimeUnit.SECONDS);
                client.runScheduledPendingTasks();
                client.runPendingTasks();
            }
        }
    }

    /** What others hold, and keep. */
    private Account others(long bytes) throws InferenceException {
        Account account = ledger.detached();
        account.charge(NATIVE, bytes);
        return account;
    }

    private static String post(int announced) {
        return "POST / HTTP/1.1\r\nContent-Length: " + announced + "\r\n\r\n";
    }

    // Charges

    @Test
    void connection_idleOrWithAShortRequest_isChargedWithAFixedAmount() {
        Client client = connect();
        client.send(post(10_000) + "x".repeat(10_000));
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED);
        waiting.remove().body().release();
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED);
        client.close();
        assertThat(ledger.held(NATIVE)).isZero();
    }

    @Test
    void body_complete_staysChargedUntilItsBufferIsReleased() {
        Client client = connect();
        client.send(post(3 * MIB) + "x".repeat(3 * MIB));
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED + 3 * MIB);
        HttpExchange exchange = waiting.remove();
        client.close();
        client.runPendingTasks();
        assertThat(ledger.held(NATIVE)).as("its model may run still").isEqualTo(3 * MIB);
        exchange.body().release();
        assertThat(ledger.held(NATIVE)).isZero();
    }

    /** Bodies of which a byte more has come than a buffer holds, whatever they announce. */
    @Test
    void bodies_announcedAsVeryLarge_neverReserveMoreThanHalfOfTheTotal() {
        for (int i = 0; i < 3; i++) {
            connect().send(post(Integer.MAX_VALUE) + "x".repeat(MIB + 1));
        }
        for (int i = 0; i < 30; i++) {
            connect().send(post(Integer.MAX_VALUE) + "x".repeat((64 << 10) + 1));
        }
        assertThat(ledger.held(NATIVE)).isLessThan(TOTAL / 2 + 3 * (2L * MIB) + 30 * (128L << 10) + 33 * (FIXED + 100));
        Client other = connect();
        other.send(post(4 * MIB) + "x".repeat(4 * MIB));
        assertThat(waiting).hasSize(1);
    }

    @Test
    void body_whileLessThanHalfIsFree_growsToTwiceWhatHasCome() throws InferenceException {
        Account others = others(TOTAL / 2);
        Client client = connect();
        client.send(post(64 * MIB));
        for (int sent = 0; sent < 8 * MIB; sent += 10_000) {
            client.send("x".repeat(10_000));
            client.runPendingTasks(); // what came before it grew is moved between other work
            long came = sent + 10_000L;
            assertThat(ledger.held(NATIVE) - TOTAL / 2 - FIXED).isLessThanOrEqualTo(Math.max(16 << 10, 2 * came));
        }
        others.close();
    }

    @Test
    void head_long_isChargedToTheHeapUntilTheAnswer() {
        Client client = connect();
        client.send("GET / HTTP/1.1\r\nX: " + "y".repeat(40_000) + "\r\n\r\n");
        assertThat(ledger.held(HEAP)).isGreaterThan(Ledger.CONNECTION_HEAP_BYTES + 160_000);
        client.answer(10);
        assertThat(ledger.held(HEAP)).isEqualTo(Ledger.CONNECTION_HEAP_BYTES);
    }

    @Test
    void reply_unread_isChargedUntilTheClientHasIt() {
        Client client = connect();
        client.stalled = true;
        client.send(GET);
        client.answer(MIB);
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED + MIB);
        client.goOn();
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED);
    }

    // Shortage

    @Test
    void health_whenAllIsTaken_isAnswered() throws InferenceException {
        Account others = others(TOTAL - TOTAL / 16);
        assertThatThrownBy(() -> ledger.detached().charge(NATIVE, MIB)).isInstanceOf(InferenceException.class);
        Client client = connect();
        client.send(GET);
        client.answer(100);
        assertThat(client.sent()).startsWith("HTTP/1.1 200");
        others.close();
    }

    @Test
    void body_forWhichThereIsNoMemory_isRefusedWithRetryAfter() throws InferenceException {
        Account others = others(TOTAL - TOTAL / 16);
        Client client = connect();
        client.send(post(4 * MIB) + "x".repeat(4 * MIB));
        assertThat(client.sent()).startsWith("HTTP/1.1 503").contains("Retry-After: 1", "--max-inflight-bytes");
        assertThat(waiting).isEmpty();
        others.close();
    }

    /** It had come fast; but what came before the last window keeps no place. */
    @Test
    void body_slow_isEndedWith503WhenAnotherNeedsItsMemory() throws InferenceException {
        Client slow = connect();
        slow.send(post(100 * MIB) + "x".repeat(60 * MIB));
        for (int second = 0; second < 45; second++) {
            slow.send("x".repeat(2_000));
            pass(1);
        }
        assertThat(slow.sent()).isEmpty();
        Account others = others(60 * MIB);
        pass(1);
        assertThat(slow.sent()).startsWith("HTTP/1.1 503").contains("Retry-After: 1", "slower than 65536 bytes/s");
        assertThat(ledger.ending(NATIVE)).isZero();
        assertThat(ledger.ended(NATIVE)).isEqualTo(1);
        others.close();
    }

    @Test
    void body_thatKeepsTheRate_isNeverEnded() {
        Client fast = connect();
        fast.send(post(110 * MIB) + "x".repeat(60 * MIB));
        for (int second = 0; second < 45; second++) {
            fast.send("x".repeat(70_000));
            pass(1);
        }
        assertThatThrownBy(() -> others(100 * MIB)).isInstanceOf(InferenceException.class);
        assertThat(fast.sent()).isEmpty();
        assertThat(fast.isOpen()).isTrue();
    }

    @Test
    void request_thatTheServerWorksOn_isNeverEnded() {
        Client client = connect();
        client.send(post(60 * MIB) + "x".repeat(60 * MIB));
        pass(1_000);
        assertThatThrownBy(() -> others(100 * MIB)).isInstanceOf(InferenceException.class);
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void reader_slow_isClosedWhenAnotherNeedsItsMemory() throws InferenceException {
        Client slow = connect();
        slow.stalled = true;
        slow.send(GET);
        slow.answer(60 * MIB);
        for (int second = 0; second < 45; second++) {
            slow.progress(2_000);
            pass(1);
        }
        assertThat(slow.isOpen()).isTrue();
        Account others = others(100 * MIB);
        pass(1);
        assertThat(slow.isOpen()).isFalse();
        others.close();
    }

    @Test
    void reader_thatKeepsTheRate_isNeverEnded() {
        Client fast = connect();
        fast.stalled = true;
        fast.send(GET);
        fast.answer(60 * MIB);
        for (int second = 0; second < 45; second++) {
            fast.progress(70_000);
            pass(1);
        }
        assertThatThrownBy(() -> others(100 * MIB)).isInstanceOf(InferenceException.class);
        assertThat(fast.isOpen()).isTrue();
    }

    /** A channel whose socket takes nothing while it is stalled. */
    private final class Client extends EmbeddedChannel {
        private boolean stalled;

        Client(ConnectionInitializer connections) {
            super(new TimeFreezer(), connections);
        }

        void send(String text) {
            writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        }

        void answer(int bytes) {
            HttpExchange exchange = waiting.remove();
            exchange.body().release();
            exchange.reply(new HttpReply(HttpResponseStatus.OK, HttpReply.TEXT, List.of(),
                    Unpooled.buffer(bytes).writeZero(bytes), List.of(), Lease.NONE));
        }

        String sent() {
            StringBuilder all = new StringBuilder();
            for (ByteBuf buffer = readOutbound(); buffer != null; buffer = readOutbound()) {
                all.append(new String(ByteBufUtil.getBytes(buffer), StandardCharsets.US_ASCII));
                buffer.release();
            }
            return all.toString();
        }

        /** The client reads some of what is being sent. */
        void progress(int bytes) {
            unsafe().outboundBuffer().progress(bytes);
        }

        /** The client reads all there is. */
        void goOn() {
            stalled = false;
            flush();
            runPendingTasks();
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer outbound) throws Exception {
            if (!stalled) {
                super.doWrite(outbound);
            }
        }
    }
}
