package io.nereid.server.http.connection;

import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.transport.TestCertificate;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Clients that never finish what TLS begins with, in a channel whose time the test holds still. */
class HandshakeTest {
    private static final ConnectionLimits LIMITS = new ConnectionLimits(8 << 10, 1 << 30, Duration.ofSeconds(600),
            Duration.ofSeconds(20), Duration.ofSeconds(30));

    @TempDir
    private Path folder;

    private EmbeddedChannel connect() throws Exception {
        TestCertificate certificate = new TestCertificate(folder, "server");
        SslContext tls = SslContextBuilder.forServer(certificate.certificate().toFile(), certificate.key().toFile())
                .build();
        return new EmbeddedChannel(new TimeFreezer(),
                new ConnectionInitializer(exchange -> exchange.body().release(), new TensorMemory(1 << 20, 0), LIMITS,
                        new Ledger(new LedgerLimits(1 << 20, 1 << 20, 1, 0), NanoClock.SYSTEM), tls));
    }

    @Test
    void client_saysNothing_isClosedAfterTheHeadTimeout() throws Exception {
        EmbeddedChannel channel = connect();
        pass(channel, 18);
        assertThat(channel.isOpen()).isTrue();
        pass(channel, 4);
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void client_sendsItsHelloByTheDrip_isClosedAllTheSame() throws Exception {
        EmbeddedChannel channel = connect();
        byte[] hello = {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        int seconds = 0;
        for (; seconds < hello.length && channel.isOpen(); seconds++) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[]{hello[seconds]}));
            pass(channel, 1);
        }
        assertThat(seconds).isBetween(19, 22);
        channel.finishAndReleaseAll();
    }

    private static void pass(EmbeddedChannel channel, long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }
}
