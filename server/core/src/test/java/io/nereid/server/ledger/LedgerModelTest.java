package io.nereid.server.ledger;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import static io.nereid.server.ledger.Resource.NATIVE;
import static org.assertj.core.api.Assertions.assertThat;

/** Random clients against a plain reference that adds everything up anew, and knows the rule in a few lines. */
class LedgerModelTest {
    private static final long TOTAL = 100_000_000;
    private static final long MOST = TOTAL - TOTAL / 16;
    private static final Duration WINDOW = Duration.ofSeconds(8);
    private static final long RATE = 1000;
    private static final long SECOND = 1_000_000_000L;

    private long now;
    private final Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 1, RATE), () -> now);
    private final List<Client> clients = new ArrayList<>();

    /** A connection with one request, and what it should hold. */
    private final class Client implements Holder {
        final Account connection = ledger.connection(this, WINDOW);
        final Account request = connection.request();
        final List<Moved> moved = new ArrayList<>();
        long held = Ledger.CONNECTION_NATIVE_BYTES;
        long waitingSince = Long.MAX_VALUE;
        boolean ended;

        record Moved(long at, long bytes) {}

        @Override
        public void end(InferenceException reason) {
            assertThat(ended).as("ended twice").isFalse();
            ended = true;
        }

        /**
         * Times are whole seconds and eighths of the window are seconds, so the window is exact up to its first
         * second.
         */
        boolean isSlow() {
            long bytes = moved.stream().filter(m -> m.at / SECOND >= now / SECOND - 8).mapToLong(m -> m.bytes).sum();
            return waitingSince <= now - WINDOW.toNanos() && bytes < 8 * RATE;
        }
    }

    private long total() {
        return clients.stream().filter(c -> !c.ended).mapToLong(c -> c.held).sum();
    }

    private long ending() {
        return clients.stream().filter(c -> c.ended).mapToLong(c -> c.held).sum();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void randomClients_areTreatedByTheRule(long seed) {
        Random random = new Random(seed);
        int endings = 0;
        int refusals = 0;
        for (int step = 0; step < 4_000; step++) {
            now += random.nextInt(3) * SECOND;
            if (clients.size() < 12) {
                clients.add(new Client());
            }
            Client client = clients.get(random.nextInt(clients.size()));
            switch (random.nextInt(6)) {
                case 0 -> await(client);
                case 1 -> serve(client);
                case 2 -> move(client, random.nextInt(4_000));
                case 3 -> close(client);
                default -> {
                    int before = (int) clients.stream().filter(c -> c.ended).count();
                    refusals += charge(client, 1_000_000 + random.nextLong(TOTAL / 4)) ? 0 : 1;
                    endings += (int) clients.stream().filter(c -> c.ended).count() - before;
                }
            }
            assertThat(ledger.held(NATIVE)).isEqualTo(total());
            assertThat(ledger.ending(NATIVE)).isEqualTo(ending());
        }
        assertThat(endings).isPositive();
        assertThat(refusals).isPositive();
    }

    private void await(Client client) {
        client.connection.awaitClient(0);
        client.waitingSince = Math.min(client.waitingSince, now);
    }

    private static void serve(Client client) {
        client.connection.serve();
        client.waitingSince = Long.MAX_VALUE;
    }

    private void move(Client client, int bytes) {
        client.request.moved(bytes);
        client.moved.add(new Client.Moved(now, bytes));
    }

    private void close(Client client) {
        client.request.close();
        client.connection.close();
        clients.remove(client);
    }

    private boolean charge(Client client, long bytes) {
        List<Long> expected = client.ended ? List.of() : expectedToEnd(client, bytes);
        List<Client> before = clients.stream().filter(c -> !c.ended).toList();
        long heldBefore = total();
        try {
            client.request.charge(NATIVE, bytes);
            client.held += bytes;
            return true;
        } catch (InferenceException e) {
            boolean gone = client.ended;
            assertThat(e.code()).isEqualTo(gone ? ErrorCode.CANCELLED : ErrorCode.UNAVAILABLE);
            assertThat(gone || heldBefore + bytes > MOST || heldBefore + bytes + ending() > MOST + MOST / 8).isTrue();
            return false;
        } finally {
            assertThat(before.stream().filter(c -> c.ended).map(c -> c.held).toList())
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    /** What those hold that are to be ended. */
    private List<Long> expectedToEnd(Client newcomer, long bytes) {
        List<Client> slow = new ArrayList<>(
                clients.stream().filter(c -> !c.ended && !c.equals(newcomer) && c.isSlow()).toList());
        long free = MOST - total();
        if (free + slow.stream().mapToLong(c -> c.held).sum() < bytes) {
            return List.of();
        }
        List<Long> chosen = new ArrayList<>();
        while (free < bytes) {
            Optional<Client> largest = slow.stream().max(Comparator.comparingLong(c -> c.held));
            chosen.add(largest.orElseThrow().held);
            slow.remove(largest.get());
            free += largest.get().held;
        }
        return chosen;
    }
}
