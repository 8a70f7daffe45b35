package io.nereid.server.protocol;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Race;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Holder;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class AdmissionTest {
    private static final int MAX_REQUESTS = 6;

    private final Ledger ledger = new Ledger(new LedgerLimits(1 << 20, 1 << 20, MAX_REQUESTS, 0), new FakeClock());
    private final Admission admission = new Admission(ledger);

    @Test
    void admit_ofAModel_countsThereToo() throws InferenceException {
        InFlight one = new InFlight();
        InFlight other = new InFlight();
        Admission.Ticket ticket = admission.admit(ledger.detached(), 10, one);
        Admission.Ticket another = admission.admit(ledger.detached(), 7, other);
        ticket.answers(25);
        assertThat(one.requests()).isEqualTo(1);
        assertThat(one.bytes()).isEqualTo(25);
        ticket.release();
        ticket.release();
        assertThat(one.requests()).isZero();
        assertThat(one.bytes()).isZero();
        assertThat(other.requests()).isEqualTo(1);
        assertThat(other.bytes()).isEqualTo(7);
        another.release();
    }

    @Test
    void admit_upToTheLimit_isAdmitted() throws Exception {
        for (int i = 0; i < MAX_REQUESTS - 1; i++) {
            admit(20);
        }
        admit(0);
        assertInFlight(MAX_REQUESTS, 100);
    }

    @Test
    void admit_oneRequestTooMany_isRefusedAndCountsNothing() throws Exception {
        for (int i = 0; i < MAX_REQUESTS; i++) {
            admit(0);
        }
        InferenceException refusal = refused(0);
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(refusal.retryAfterSeconds()).isEqualTo(1);
        assertThat(refusal.text()).isEqualTo("too many requests in flight: got 7 (expected at most 6);"
                + " try again later, or raise --max-inflight-requests");
        assertInFlight(MAX_REQUESTS, 0);
    }

    @Test
    void admit_noHeapLeft_isRefusedAndHoldsNothing() throws Exception {
        Account other = ledger.detached();
        other.charge(Resource.HEAP, (1 << 20) - (1 << 16));
        Account small = ledger.detached();
        small.charge(Resource.HEAP, 1 << 16); // the last part is for those who hold little
        InferenceException refusal = refused(0);
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(refusal.retryAfterSeconds()).isEqualTo(1);
        assertThat(refusal.text()).startsWith("too many bytes of heap in flight: got ")
                .endsWith("; try again later, or raise --max-inflight-heap-bytes");
        assertThat(ledger.held(Resource.REQUESTS)).isZero();
        assertInFlight(0, 0);
    }

    @Test
    void release_accountOfTheRequest_givesBackAllThatIsChargedThere() throws Exception {
        Admission.Ticket ticket = admit(10);
        ticket.account().charge(Resource.NATIVE, 5_000);
        assertThat(ledger.held(Resource.NATIVE)).isEqualTo(5_000);
        assertThat(ledger.held(Resource.HEAP)).isEqualTo(Ledger.REQUEST_HEAP_BYTES);
        ticket.release();
        for (Resource resource : Resource.values()) {
            assertThat(ledger.held(resource)).as("%s", resource).isZero();
        }
    }

    @Test
    void release_twice_countsOnce() throws Exception {
        Admission.Ticket first = admit(10);
        admit(20);
        first.release();
        first.release();
        first.answers(1_000);
        assertInFlight(1, 20);
    }

    @Test
    void requests_ofAClientThatWasEnded_areInFlightUntilTheirRelease() throws Exception {
        FakeClock clock = new FakeClock();
        Ledger slowAreEnded = new Ledger(new LedgerLimits(1 << 20, 1 << 20, 8, 1_000), clock);
        Admission all = new Admission(slowAreEnded);
        Account slow = slowAreEnded.connection(new Ended(), Duration.ofSeconds(1));
        List<Admission.Ticket> ofSlow = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ofSlow.add(all.admit(slow, 0, new InFlight()));
        }
        slow.awaitClient(0);
        clock.advance(Duration.ofSeconds(2));
        Admission.Ticket other = all.admit(slowAreEnded.detached(), 0, new InFlight());
        assertThat(slowAreEnded.ended(Resource.REQUESTS)).isEqualTo(1);
        assertThat(all.requests()).isEqualTo(9);
        ofSlow.forEach(Admission.Ticket::release);
        assertThat(all.requests()).isEqualTo(1);
        other.release();
        assertThat(all.requests()).isZero();
    }

    /** The connection of a client whose end changes nothing by itself. */
    private record Ended() implements Holder {
        @Override
        public void end(InferenceException reason) {}

        @Override
        public String client() {
            return "slow";
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void admission_randomOperations_agreesWithASimpleCount(long seed) {
        Random random = new Random(seed);
        Map<Admission.Ticket, Long> inFlight = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            long bytes = random.nextInt(4) == 0 ? random.nextLong(150) : random.nextLong(30);
            Admission.Ticket any = inFlight.isEmpty() ? null : anyOf(inFlight, random);
            if (any == null || random.nextInt(3) == 0) {
                boolean expected = inFlight.size() < MAX_REQUESTS;
                assertThat(tryToAdmit(bytes, inFlight)).isEqualTo(expected);
            } else if (random.nextBoolean()) {
                any.answers(bytes);
                inFlight.put(any, bytes);
            } else {
                any.release();
                inFlight.remove(any);
            }
            assertInFlight(inFlight.size(), sum(inFlight));
        }
        inFlight.keySet().forEach(Admission.Ticket::release);
        assertInFlight(0, 0);
    }

    @Test
    void admission_usedByManyThreads_keepsItsLimitAndEndsAtZero() throws Exception {
        Race.run(6, thread -> {
            Random random = new Random(thread);
            List<Admission.Ticket> mine = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                try {
                    mine.add(admit(random.nextLong(60)));
                } catch (InferenceException _) {
                    mine.forEach(Admission.Ticket::release);
                    mine.clear();
                }
                assertThat(ledger.held(Resource.REQUESTS)).isBetween(0L, (long) MAX_REQUESTS);
                assertThat(admission.bytes()).isGreaterThanOrEqualTo(0);
                if (!mine.isEmpty() && random.nextBoolean()) {
                    Admission.Ticket one = mine.removeLast();
                    one.answers(random.nextLong(90));
                    one.release();
                }
            }
            mine.forEach(Admission.Ticket::release);
        });
        assertInFlight(0, 0);
    }

    @Test
    void ticket_releasedByTwoThreadsAtOnce_countsOnce() throws Exception {
        admit(7);
        for (int i = 0; i < 300; i++) {
            Admission.Ticket ticket = admit(5);
            Race.run(2, thread -> {
                if (thread == 0) {
                    ticket.answers(9);
                }
                ticket.release();
            });
            assertInFlight(1, 7);
        }
    }

    private boolean tryToAdmit(long bytes, Map<Admission.Ticket, Long> inFlight) {
        try {
            inFlight.put(admit(bytes), bytes);
            return true;
        } catch (InferenceException _) {
            return false;
        }
    }

    private static Admission.Ticket anyOf(Map<Admission.Ticket, Long> inFlight, Random random) {
        return List.copyOf(inFlight.keySet()).get(random.nextInt(inFlight.size()));
    }

    private static long sum(Map<Admission.Ticket, Long> inFlight) {
        return inFlight.values().stream().mapToLong(Long::longValue).sum();
    }

    private InferenceException refused(long bytes) {
        return catchThrowableOfType(InferenceException.class, () -> admit(bytes));
    }

    private void assertInFlight(int requests, long bytes) {
        assertThat(admission.requests()).isEqualTo(requests);
        assertThat(admission.bytes()).isEqualTo(bytes);
    }

    /** A request of a client of its own, to a model of its own. */
    private Admission.Ticket admit(long bodyBytes) throws InferenceException {
        return admission.admit(ledger.detached(), bodyBytes, new InFlight());
    }
}
