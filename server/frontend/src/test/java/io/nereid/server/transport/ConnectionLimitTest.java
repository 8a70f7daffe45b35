package io.nereid.server.transport;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class ConnectionLimitTest {
    private final List<Channel> accepted = new ArrayList<>();
    private final List<Channel> rejected = new ArrayList<>();
    private final EmbeddedChannel listener = new EmbeddedChannel(
            new ConnectionLimit(2, "--most", () -> 0, accepted::add, rejected::add));
    private final List<EmbeddedChannel> connections = new ArrayList<>();

    @AfterEach
    void close() {
        connections.forEach(EmbeddedChannel::close);
        listener.close();
    }

    private EmbeddedChannel connect() {
        EmbeddedChannel connection = new EmbeddedChannel();
        connections.add(connection);
        listener.writeInbound(connection);
        return connection;
    }

    @Test
    void connection_whileThereIsRoom_isPassedOn() {
        EmbeddedChannel first = connect();
        EmbeddedChannel second = connect();
        assertThat(accepted).containsExactly(first, second);
        assertThat(listener.inboundMessages()).containsExactly(first, second);
        assertThat(rejected).isEmpty();
    }

    @Test
    void connection_oneMoreThanAllowed_isTurnedAwayAndGoesNoFurther() {
        connect();
        connect();
        EmbeddedChannel third = connect();
        assertThat(rejected).containsExactly(third);
        assertThat(accepted).hasSize(2);
        assertThat(listener.inboundMessages()).hasSize(2);
    }

    @Test
    void connection_afterAnotherHasEnded_isPassedOn() {
        EmbeddedChannel first = connect();
        connect();
        connect();
        first.close();
        EmbeddedChannel fourth = connect();
        assertThat(accepted).last().isSameAs(fourth);
        assertThat(rejected).hasSize(1);
    }

    /** Those that are rejected do not count, however they end. */
    @Test
    void connection_rejected_takesNoRoomAndGivesNoneBack() {
        EmbeddedChannel first = connect();
        connect();
        connect().close();
        connect();
        assertThat(rejected).hasSize(2);
        first.close();
        connect();
        connect();
        assertThat(accepted).hasSize(3);
        assertThat(rejected).hasSize(3);
    }

    /** As when the process has no file descriptor left: Netty would try again at once, for ever. */
    @Test
    void accept_fails_isTriedAgainAfterASecond() {
        listener.freezeTime();
        listener.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
        assertThat(listener.config().isAutoRead()).isFalse();
        listener.advanceTimeBy(999, TimeUnit.MILLISECONDS);
        listener.runScheduledPendingTasks();
        assertThat(listener.config().isAutoRead()).isFalse();
        listener.advanceTimeBy(2, TimeUnit.MILLISECONDS);
        listener.runScheduledPendingTasks();
        assertThat(listener.config().isAutoRead()).isTrue();
    }
}
