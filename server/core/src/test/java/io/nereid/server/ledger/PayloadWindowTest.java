package io.nereid.server.ledger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class PayloadWindowTest {
    private static final long SECOND = 1_000_000_000L;

    private final PayloadWindow window = new PayloadWindow(Duration.ofSeconds(8));

    @Test
    void bytes_ofNothing_isZero() {
        assertThat(window.bytes(0)).isZero();
        assertThat(window.bytes(Long.MIN_VALUE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 77 * SECOND, -77 * SECOND, Long.MAX_VALUE - 20 * SECOND, Long.MIN_VALUE + 20 * SECOND})
    void bytes_leaveAfterTheWindow(long start) {
        window.moved(5, start);
        window.moved(6, start + SECOND / 2);
        assertThat(window.bytes(start + SECOND / 2)).isEqualTo(11);
        assertThat(window.bytes(start + 8 * SECOND)).isEqualTo(11);
        assertThat(window.bytes(start + 10 * SECOND)).isZero();
    }

    @Test
    void moved_moreThanAWordHolds_staysAtItsMost() {
        window.moved(Long.MAX_VALUE >> 1, 0);
        window.moved(Long.MAX_VALUE >> 1, 0);
        assertThat(window.bytes(0)).isEqualTo((1L << 44) - 1);
    }

    @Test
    void bytes_areAtLeastTheWindowsAndAtMostAnEighthMore() {
        Random random = new Random(7);
        record Piece(long at, long bytes) {}
        for (int round = 0; round < 50; round++) {
            PayloadWindow tested = new PayloadWindow(Duration.ofSeconds(8));
            ArrayDeque<Piece> pieces = new ArrayDeque<>();
            long now = random.nextLong(1L << 50) - (1L << 49);
            for (int i = 0; i < 300; i++) {
                now += random.nextLong(random.nextBoolean() ? SECOND / 4 : 4 * SECOND);
                Piece piece = new Piece(now, random.nextInt(1000));
                pieces.add(piece);
                tested.moved(piece.bytes(), now);
                long asked = now + random.nextLong(SECOND);
                long inWindow = pieces.stream().filter(p -> p.at() > asked - 8 * SECOND).mapToLong(Piece::bytes).sum();
                long inMore = pieces.stream().filter(p -> p.at() > asked - 9 * SECOND - 1).mapToLong(Piece::bytes)
                        .sum();
                assertThat(tested.bytes(asked)).isBetween(inWindow, inMore);
            }
        }
    }
}
