package io.nereid.server.ledger;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static io.nereid.server.ledger.Resource.HEAP;
import static io.nereid.server.ledger.Resource.NATIVE;
import static io.nereid.server.ledger.Resource.REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class LedgerTest {
    private static final long MIB = 1 << 20;
    private static final long TOTAL = 160 * MIB;
    /** What large holders may take: the last sixteenth is for small ones. */
    private static final long MOST = 150 * MIB;
    private static final Duration WINDOW = Duration.ofSeconds(8);
    private static final long RATE = 1000;
    private static final long FIXED = Ledger.CONNECTION_NATIVE_BYTES;

    private long now = 1_000_000_000_000L;
    private final Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 10, RATE), () -> now);
    private final Map<String, InferenceException> ended = new HashMap<>();
    private final Map<String, Account> accounts = new HashMap<>();

    @BeforeEach
    void timeBegins() {
        now += WINDOW.toNanos();
    }

    private Account connection(String name) {
        return accounts.computeIfAbsent(name, _ -> ledger.connection(holder(name), WINDOW));
    }

    private Holder holder(String name) {
        return new Holder() {
            @Override
            public void end(InferenceException reason) {
                ended.put(name, reason);
            }

            @Override
            public String client() {
                return name;
            }
        };
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private static @Nullable InferenceException error(ThrowingCharge charge) {
        return catchThrowableOfType(InferenceException.class, charge::run);
    }

    private interface ThrowingCharge {
        void run() throws InferenceException;
    }

    // Counting

    @Test
    void charge_ofARequest_countsForItsConnectionAndTheTotal() throws InferenceException {
        Account connection = connection("a");
        Account request = connection.request();
        request.charge(NATIVE, 100);
        request.charge(HEAP, 7);
        assertThat(request.held(NATIVE)).isEqualTo(100);
        assertThat(connection.held(NATIVE)).isEqualTo(FIXED + 100);
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED + 100);
        assertThat(ledger.held(HEAP)).isEqualTo(Ledger.CONNECTION_HEAP_BYTES + 7);
        request.release(NATIVE, 40);
        assertThat(connection.held(NATIVE)).isEqualTo(FIXED + 60);
        request.close();
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED);
        connection.close();
        assertThat(ledger.held(NATIVE)).isZero();
        assertThat(ledger.held(HEAP)).isZero();
    }

    @Test
    void charge_ofARequestOfAStream_countsOnEveryLevel() throws InferenceException {
        Account stream = connection("a").request(holder("stream"));
        Account request = stream.request();
        request.charge(NATIVE, 100);
        assertThat(stream.held(NATIVE)).isEqualTo(100);
        assertThat(connection("a").held(NATIVE)).isEqualTo(FIXED + 100);
        stream.close();
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED);
        assertThatThrownBy(() -> request.charge(NATIVE, 1)).isInstanceOf(InferenceException.class);
        request.close();
        connection("a").close();
        assertThat(ledger.held(NATIVE)).isZero();
    }

    @Test
    void close_ofARequest_makesLaterReleasesAndClosesNothing() throws InferenceException {
        Account request = connection("a").request();
        request.charge(NATIVE, 100);
        request.close();
        request.release(NATIVE, 60);
        request.close();
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED);
    }

    @Test
    void charge_afterTheClose_isCancelledAndTakesNothing() throws InferenceException {
        Account connection = connection("a");
        Account request = connection.request();
        request.close();
        assertThat(error(() -> request.charge(NATIVE, 5))).extracting(InferenceException::code)
                .isEqualTo(ErrorCode.CANCELLED);
        Account other = connection.request();
        connection.close();
        assertThat(error(() -> other.charge(NATIVE, 5))).extracting(InferenceException::code)
                .isEqualTo(ErrorCode.CANCELLED);
        assertThat(ledger.held(NATIVE)).isZero();
    }

    @Test
    void close_ofAConnectionWhoseRequestRuns_countsOnUntilTheRequestEnds() throws InferenceException {
        Account request = connection("a").request();
        request.charge(NATIVE, 100);
        connection("a").close();
        assertThat(ledger.held(NATIVE)).isEqualTo(100);
        request.close();
        assertThat(ledger.held(NATIVE)).isZero();
    }

    @Test
    void release_ofMoreThanIsHeld_isADefectAndChangesNothing() throws InferenceException {
        Account request = connection("a").request();
        request.charge(NATIVE, 10);
        assertThatThrownBy(() -> request.release(NATIVE, 11)).isInstanceOf(IllegalStateException.class);
        assertThat(ledger.held(NATIVE)).isEqualTo(FIXED + 10);
    }

    // Refusals

    @Test
    void charge_pastTheTotal_isRefusedWithTheFlagAndRetryAfter() throws InferenceException {
        Account account = ledger.detached();
        account.charge(NATIVE, MOST);
        InferenceException error = error(() -> account.charge(NATIVE, 1));
        assertThat(error).isNotNull().extracting(InferenceException::code, InferenceException::retryAfterSeconds)
                .containsExactly(ErrorCode.UNAVAILABLE, 1);
        assertThat(error).extracting(InferenceException::text)
                .isEqualTo("too many bytes in flight: got 1 more to " + MOST + " (expected at most "
                        + MOST + "); try again later, or raise --max-inflight-bytes");
        assertThat(ledger.held(NATIVE)).isEqualTo(MOST);
        assertThat(ledger.refused(NATIVE)).isEqualTo(1);
    }

    @Test
    void charge_ofMoreThanTheTotal_isInvalid() {
        assertThat(error(() -> ledger.detached().charge(NATIVE, TOTAL + 1))).extracting(InferenceException::code)
                .isEqualTo(ErrorCode.INVALID_ARG);
    }

    @Test
    void charge_oneRequestTooMany_namesTheCount() throws InferenceException {
        Account account = ledger.detached();
        account.charge(REQUESTS, 10);
        assertThat(error(() -> account.charge(REQUESTS, 1))).extracting(InferenceException::text)
                .isEqualTo("too many requests in flight: got 11 (expected at most 10); try again later, or raise"
                        + " --max-inflight-requests");
    }

    @Test
    void charge_ofASmallHolder_mayTakeTheLastSixteenth() throws InferenceException {
        ledger.detached().charge(NATIVE, MOST);
        ledger.detached().charge(NATIVE, 64 << 10);
        assertThat(error(() -> ledger.detached().charge(NATIVE, (64 << 10) + 1))).isNotNull();
    }

    @Test
    void chargeIfAmple_leavesHalfOfTheTotal() throws InferenceException {
        Account account = ledger.detached();
        assertThat(account.chargeIfAmple(NATIVE, TOTAL / 2 + 1)).isFalse();
        assertThat(account.chargeIfAmple(NATIVE, TOTAL / 2)).isTrue();
        assertThat(account.chargeIfAmple(NATIVE, 1)).isFalse();
        assertThat(account.held(NATIVE)).isEqualTo(TOTAL / 2);
    }

    @Test
    void connection_whenAllIsTaken_isTakenAllTheSame() throws InferenceException {
        ledger.detached().charge(NATIVE, MOST);
        for (int i = 0; i < 1000; i++) {
            connection("c" + i);
        }
        assertThat(ledger.held(NATIVE)).isEqualTo(MOST + 1000 * FIXED);
    }

    // Who is ended

    /**
     * Two holders, with the seconds that the server has waited for each, and the bytes of each that moved in the last
     * window, against a newcomer that needs 52 MiB of the 50 that are left. A window at the rate is 8,000 bytes.
     */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # MiB, waited, moved,   MiB, waited, moved,   ended
              60,  9,      0,       40,  9,      0,       a
              40,  9,      0,       60,  9,      0,       b
              60,  9,      8000,    40,  9,      0,       b
              60,  9,      7999,    40,  9,      0,       a
              60,  7,      0,       40,  9,      0,       b
              60,  0,      0,       40,  9,      7999,    b
              60,  9,      8000,    40,  9,      8000,    ''
              60,  7,      0,       40,  7,      0,       ''
              60,  0,      0,       40,  0,      0,       ''
              90,  9,      0,       10,  9,      0,       a
              99,  9,      8000,    1,   9,      0,       ''
            """)
    void charge_whenShort_endsTheLargestOfTheSlow(long ofA, int waitedA, long movedA, long ofB, int waitedB,
            long movedB, String expected) throws InferenceException {
        hold("a", ofA, waitedA, movedA);
        hold("b", ofB, waitedB, movedB);
        Account newcomer = connection("new");
        InferenceException error = error(() -> newcomer.charge(NATIVE, 52 * MIB));
        if (expected.isEmpty()) {
            assertThat(ended).isEmpty();
            assertThat(error).extracting(InferenceException::code).isEqualTo(ErrorCode.UNAVAILABLE);
        } else {
            assertThat(ended).containsOnlyKeys(expected);
            assertThat(error).as("the newcomer is admitted, or asked to come back in a moment").satisfiesAnyOf(
                    e -> assertThat(e).isNull(),
                    e -> assertThat(e.retryAfterSeconds()).isEqualTo(1));
            assertThat(ended.get(expected)).extracting(InferenceException::code).isEqualTo(ErrorCode.UNAVAILABLE);
        }
    }

    private void hold(String name, long mib, int waitedSeconds, long moved) throws InferenceException {
        Account account = connection(name);
        account.charge(NATIVE, mib * MIB);
        long end = now;
        if (waitedSeconds > 0) {
            now = end - Duration.ofSeconds(waitedSeconds).toNanos();
            account.awaitClient(0);
        }
        now = end - Duration.ofSeconds(1).toNanos();
        account.moved(moved);
        now = end;
    }

    @Test
    void charge_whenSomebodyIsEnded_admitsTheNewcomerAtOnceWithinAnEighth() throws InferenceException {
        hold("slow", 100, 9, 0);
        hold("fast", 40, 9, 100_000);
        Account newcomer = connection("new");
        newcomer.charge(NATIVE, 20 * MIB);
        assertThat(ended).containsOnlyKeys("slow");
        assertThat(ledger.ending(NATIVE)).isEqualTo(100 * MIB + FIXED);
        assertThat(ledger.held(NATIVE)).isEqualTo(60 * MIB + 2 * FIXED);
        assertThat(error(() -> newcomer.charge(NATIVE, 20 * MIB))).as("until the memory is really free")
                .extracting(InferenceException::code).isEqualTo(ErrorCode.UNAVAILABLE);
        connection("slow").release(NATIVE, 100 * MIB);
        connection("slow").close();
        assertThat(ledger.ending(NATIVE)).isZero();
        newcomer.charge(NATIVE, 20 * MIB);
        assertThat(ended).containsOnlyKeys("slow");
    }

    @Test
    void charge_thatNoSlowHolderCouldHelp_endsNobody() throws InferenceException {
        hold("fast", 100, 9, 8000);
        hold("slow", 10, 9, 0);
        assertThat(error(() -> connection("new").charge(NATIVE, 100 * MIB))).isNotNull();
        assertThat(ended).isEmpty();
    }

    @Test
    void charge_whenTheNewcomerItselfIsTheSlowOne_isRefusedAndEndsNobody() throws InferenceException {
        hold("slow", 100, 9, 0);
        assertThat(error(() -> connection("slow").request().charge(NATIVE, 60 * MIB))).isNotNull();
        assertThat(ended).isEmpty();
    }

    @Test
    void charge_whenRequestsAreShort_endsWhoHoldsMostOfThem() throws InferenceException {
        hold("bytes", 100, 9, 0);
        hold("requests", 1, 9, 0);
        for (int i = 0; i < 10; i++) {
            connection("requests").request().charge(REQUESTS, 1);
        }
        connection("new").request().charge(REQUESTS, 1);
        assertThat(ended).containsOnlyKeys("requests");
        assertThat(ledger.ended(REQUESTS)).isEqualTo(1);
        assertThat(ledger.held(REQUESTS)).isEqualTo(1);
        assertThat(ledger.ending(REQUESTS)).isEqualTo(10);
    }

    @Test
    void end_ofARequestThatCanBeEndedAlone_leavesItsConnection() throws InferenceException {
        Account message = connection("a").request(holder("message"));
        message.charge(NATIVE, 100 * MIB);
        message.awaitClient(0);
        pass(WINDOW);
        connection("new").charge(NATIVE, 60 * MIB);
        assertThat(ended).containsOnlyKeys("message");
        assertThat(connection("a").held(NATIVE)).isEqualTo(FIXED);
        assertThat(error(() -> message.charge(NATIVE, 1))).extracting(InferenceException::code)
                .isEqualTo(ErrorCode.CANCELLED);
        message.close();
        assertThat(ledger.ending(NATIVE)).isZero();
        assertThat(ledger.held(NATIVE)).isEqualTo(60 * MIB + 2 * FIXED);
        connection("a").request().charge(NATIVE, 1);
    }

    @Test
    void end_ofAConnection_takesItsRequestsAlongOnce() throws InferenceException {
        Account message = connection("a").request(holder("message"));
        message.charge(NATIVE, 100 * MIB);
        message.awaitClient(0);
        connection("a").awaitClient(0);
        pass(WINDOW);
        connection("new").charge(NATIVE, 60 * MIB);
        assertThat(ended).containsOnlyKeys("a");
        message.close();
        connection("a").close();
        assertThat(ledger.ending(NATIVE)).isZero();
        assertThat(ledger.held(NATIVE)).isEqualTo(60 * MIB + FIXED);
    }

    @Test
    void serve_endsTheClientsTime() throws InferenceException {
        hold("a", 100, 9, 0);
        connection("a").serve();
        assertThat(error(() -> connection("new").charge(NATIVE, 60 * MIB))).isNotNull();
        connection("a").awaitClient(0);
        pass(WINDOW.minusNanos(1));
        assertThat(error(() -> connection("new").charge(NATIVE, 60 * MIB))).isNotNull();
        pass(Duration.ofSeconds(1));
        connection("new").charge(NATIVE, 60 * MIB);
        assertThat(ended).containsOnlyKeys("a");
    }

    @Test
    void charge_whenManyAreSlow_endsNoMoreThanAreNeeded() throws InferenceException {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= 14; i++) {
            names.add("s" + i);
            hold("s" + i, i, 9, 0);
        }
        connection("new").charge(NATIVE, 60 * MIB);
        assertThat(ended.keySet()).containsExactlyInAnyOrder("s14", "s13");
        assertThat(names).containsAll(ended.keySet());
    }
}
