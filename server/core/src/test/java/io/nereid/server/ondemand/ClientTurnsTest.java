package io.nereid.server.ondemand;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ClientTurnsTest {
    private final ClientTurns turns = new ClientTurns();

    private long ask(String client) {
        long round = turns.next(client);
        turns.take(client, round);
        return round;
    }

    @Test
    void eachRoundHasOneOfEachClient() {
        assertThat(new long[]{ask("a"), ask("a"), ask("a"), ask("b"), ask("b")}).containsExactly(1, 2, 3, 1, 2);
    }

    @Test
    void whoComesLater_beginsInTheRoundThatHasBeenReached() {
        ask("a");
        ask("a");
        turns.reached(2);
        assertThat(ask("b")).isEqualTo(3);
        assertThat(ask("a")).isEqualTo(3);
    }

    @Test
    void clientsWhoseRoundsHavePassed_areForgotten() {
        for (int i = 0; i < 1000; i++) {
            turns.reached(ask("client" + i));
        }
        assertThat(turns.clients()).isZero();
    }
}
