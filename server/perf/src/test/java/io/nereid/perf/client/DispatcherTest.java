package io.nereid.perf.client;

import io.nereid.perf.client.ClientOptions.RequestOrder;
import io.nereid.perf.client.Dispatcher.Share;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Closed and open loops in simulated time. */
class DispatcherTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final long ALWAYS = Long.MAX_VALUE;
    private static final Failure BUSY = new Failure.Refused("HTTP 503", "HTTP 503: busy");

    private static Dispatcher dispatcher(SimulatedLoad load, Share share, int requests, ClientOptions options,
            RequestBudget budget, @Nullable Arrivals arrivals) {
        return new Dispatcher(share, requests, options, budget, arrivals, load::open, load.recorder, load);
    }

    private static Sample closed(SimulatedLoad load, int clients, ClientOptions options, RequestBudget budget,
            long untilNanos) {
        return load.run(dispatcher(load, new Share(0, 1, clients), clients, options, budget, null), untilNanos);
    }

    /** A hundred requests in a second, the first at once. */
    private static Sample open(SimulatedLoad load, int maxClients, Duration timeout) {
        return load.run(dispatcher(load, new Share(0, 1, maxClients), 1, ClientOptions.DEFAULT.withTimeout(timeout),
                RequestBudget.of(100), Arrivals.constant(100, 0)), ALWAYS);
    }

    @Test
    void closedLoop_sendsTheNextRequest_whenOneIsAnswered() {
        SimulatedLoad load = new SimulatedLoad(_ -> 10 * MILLI);
        Sample sample = closed(load, 3, ClientOptions.DEFAULT, RequestBudget.unlimited(), SECOND - 1);
        assertThat(sample.latencies().count()).isEqualTo(300);
        assertThat(sample.latencies().percentileNanos(100)).isEqualTo(10 * MILLI);
        assertThat(load.mostUnderWay).isEqualTo(3);
        assertThat(sample.answersByClient().clients()).isEqualTo(3);
        assertThat(sample.answersByClient().fewest()).isEqualTo(100);
        assertThat(sample.answersByClient().fairness()).isEqualTo(1);
    }

    @Test
    void closedLoop_withABudget_isOverWhenAllIsAnswered() {
        SimulatedLoad load = new SimulatedLoad(_ -> MILLI);
        Sample sample = closed(load, 4, ClientOptions.DEFAULT, RequestBudget.of(10), ALWAYS);
        assertThat(sample.latencies().count()).isEqualTo(10);
        assertThat(load.underWay).isZero();
    }

    @Test
    void closedLoop_clientThatIsAnsweredSlowly_hasFewerAnswers() {
        // the second request is the second client's, and takes as long as nine of the other's
        SimulatedLoad load = new SimulatedLoad(n -> n == 1 ? 9 * MILLI : MILLI);
        Sample sample = closed(load, 2, ClientOptions.DEFAULT, RequestBudget.of(10), ALWAYS);
        assertThat(sample.answersByClient().fewest()).isEqualTo(1);
        assertThat(sample.answersByClient().most()).isEqualTo(9);
    }

    @Test
    void closedLoop_interval_isKeptFromRequestToRequest() {
        SimulatedLoad load = new SimulatedLoad(_ -> 30 * MILLI);
        Sample sample = closed(load, 2, ClientOptions.DEFAULT.withInterval(Duration.ofMillis(100)),
                RequestBudget.unlimited(), SECOND - 1);
        assertThat(sample.latencies().count()).isEqualTo(20);
        assertThat(sample.latencies().percentileNanos(100)).isEqualTo(30 * MILLI);
    }

    @Test
    void closedLoop_answersThatTakeLongerThanTheInterval_areFollowedAtOnce() {
        SimulatedLoad load = new SimulatedLoad(_ -> 200 * MILLI);
        Sample sample = closed(load, 1, ClientOptions.DEFAULT.withInterval(Duration.ofMillis(100)),
                RequestBudget.unlimited(), SECOND - 1);
        assertThat(sample.latencies().count()).isEqualTo(5);
    }

    @Test
    void requests_inTurn_areEachSentAsOften() {
        SimulatedLoad load = new SimulatedLoad(_ -> MILLI);
        load.run(dispatcher(load, new Share(1, 2, 2), 6, ClientOptions.DEFAULT, RequestBudget.of(7), null), ALWAYS);
        assertThat(load.requests).as("of the second of two threads").containsExactly(1, 3, 5, 1, 3, 5, 1);
    }

    @Test
    void requests_byClient_areTheirOwn() {
        SimulatedLoad load = new SimulatedLoad(_ -> MILLI);
        load.run(dispatcher(load, new Share(1, 2, 2), 4, ClientOptions.DEFAULT.withOrder(RequestOrder.BY_CLIENT),
                RequestBudget.of(6), null), ALWAYS);
        assertThat(load.clients.getFirst().sent()).containsExactly(1, 1, 1);
        assertThat(load.clients.getLast().sent()).containsExactly(3, 3, 3);
    }

    @Test
    void openLoop_sendsAtItsMoments_byAsManyClientsAsItTakes() {
        SimulatedLoad load = new SimulatedLoad(_ -> 25 * MILLI);
        Sample sample = open(load, 1000, Duration.ZERO);
        assertThat(sample.latencies().count()).isEqualTo(100);
        assertThat(sample.latencies().percentileNanos(100)).isEqualTo(25 * MILLI);
        assertThat(load.mostUnderWay).isEqualTo(3);
        assertThat(sample.late()).isZero();
        assertThat(load.getAsLong()).isEqualTo(990 * MILLI + 25 * MILLI);
    }

    @Test
    void openLoop_latency_countsFromWhenTheRequestWasDue() {
        SimulatedLoad load = new SimulatedLoad(_ -> 20 * MILLI);
        Sample sample = open(load, 1, Duration.ZERO);
        // every ten milliseconds one is due and every twenty one is answered
        assertThat(sample.latencies().percentileNanos(1)).isEqualTo(20 * MILLI);
        assertThat(sample.latencies().percentileNanos(100)).isEqualTo(100 * 20 * MILLI - 990 * MILLI);
        assertThat(sample.late()).isEqualTo(99);
    }

    @Test
    void openLoop_refusals_areCountedByStatus() {
        Sample sample = open(new SimulatedLoad(new SimulatedLoad.Failing(MILLI, BUSY)), 1000, Duration.ZERO);
        assertThat(sample.failures().refused()).isEqualTo(Map.of("HTTP 503", 100L));
        assertThat(sample.errors()).isEqualTo(100);
        assertThat(sample.errorTexts()).containsExactly("HTTP 503: busy");
    }

    @Test
    void openLoop_serverThatNeverAnswers_timesOutEveryTime() {
        SimulatedLoad load = new SimulatedLoad(_ -> null);
        Sample sample = open(load, 1000, Duration.ofMillis(500));
        assertThat(sample.failures().timedOut()).isEqualTo(100);
        assertThat(load.canceled).isEqualTo(100);
        assertThat(load.mostUnderWay).isEqualTo(50);
        assertThat(load.getAsLong()).as("when the last one timed out").isEqualTo(990 * MILLI + 500 * MILLI);
    }

    @Test
    void openLoop_requestsThatNoClientCanSendInTime_timeOutAsWell() {
        SimulatedLoad load = new SimulatedLoad(_ -> null);
        Sample sample = load.run(dispatcher(load, new Share(0, 1, 2), 1,
                ClientOptions.DEFAULT.withTimeout(Duration.ofMillis(500)), RequestBudget.of(100), () -> 0), ALWAYS);
        assertThat(sample.failures().timedOut()).isEqualTo(100);
        assertThat(load.requests).hasSize(2);
        assertThat(load.getAsLong()).isEqualTo(500 * MILLI);
    }

    @Test
    void openLoop_answerAfterItsTime_isNotGood() {
        // the one client is told of the answer when it wakes for the timeout, or later
        SimulatedLoad load = new SimulatedLoad(n -> n == 0 ? 600 * MILLI : MILLI);
        Sample sample = open(load, 1, Duration.ofMillis(500));
        assertThat(sample.failures().timedOut()).isPositive();
        assertThat(sample.latencies().count() + sample.failures().timedOut()).isEqualTo(100);
        assertThat(sample.latencies().percentileNanos(100)).isLessThanOrEqualTo(500 * MILLI);
    }

    @Test
    void openLoop_nobodyListens_isBrokenEveryTime() {
        SimulatedLoad load = new SimulatedLoad(new SimulatedLoad.Failing(0, new Failure.Broken("Connection refused")));
        Sample sample = open(load, 1000, Duration.ZERO);
        assertThat(sample.failures()).isEqualTo(Failures.broken(100));
    }

    @Test
    void brokenConnections_restBeforeTheyAreTriedAgain() {
        SimulatedLoad load = new SimulatedLoad(new SimulatedLoad.Failing(0, new Failure.Broken("Connection refused")));
        closed(load, 1, ClientOptions.DEFAULT, RequestBudget.of(11), ALWAYS);
        assertThat(load.getAsLong()).isEqualTo(10 * 100 * MILLI);
    }

    @Test
    void timeout_ofAClosedLoop_letsTheClientGoOn() {
        SimulatedLoad load = new SimulatedLoad(n -> n % 2 == 0 ? null : MILLI);
        Sample sample = closed(load, 3, ClientOptions.DEFAULT.withTimeout(Duration.ofMillis(50)), RequestBudget.of(20),
                ALWAYS);
        assertThat(sample.failures().timedOut()).isEqualTo(10);
        assertThat(sample.latencies().count()).isEqualTo(10);
    }

    /** A step of a sequence as three numbers: id, whether it is the first, whether it is the last. */
    private static SequenceRequests sequences(int steps, int length, int ids) {
        SequenceStep step = new SequenceStep(ByteBuffer.allocate(4), (bytes, id, start, end) -> bytes.putInt(0,
                (int) id * 100 + (start ? 10 : 0) + (end ? 1 : 0)));
        return new SequenceRequests(List.of(Collections.nCopies(steps, step)),
                new SequenceLengths(length == 0 ? OptionalInt.empty() : OptionalInt.of(length), 0),
                new SequenceIds(1, 1 + ids));
    }

    @Test
    void sequences_areSentFromTheirStartToTheirEnd_underTheNextFreeId() {
        SimulatedLoad load = new SimulatedLoad(_ -> MILLI, sequences(3, 0, 2)::forClient);
        Sample sample = closed(load, 1, ClientOptions.DEFAULT, RequestBudget.of(9), ALWAYS);
        assertThat(load.requests).containsExactly(110, 100, 101, 210, 200, 201, 110, 100, 101);
        assertThat(sample.latencies().count()).isEqualTo(9);
    }

    @Test
    void sequences_ofOneRequest_beginAndEndWithIt() {
        SimulatedLoad load = new SimulatedLoad(_ -> MILLI, sequences(3, 1, 9)::forClient);
        closed(load, 1, ClientOptions.DEFAULT, RequestBudget.of(2), ALWAYS);
        assertThat(load.requests).containsExactly(111, 211);
    }

    @Test
    void sequences_whenTheBudgetIsUsedUp_areEndedByARequestThatIsNotMeasured() {
        SimulatedLoad load = new SimulatedLoad(_ -> MILLI, sequences(1, 5, 9)::forClient);
        Sample sample = closed(load, 2, ClientOptions.DEFAULT, RequestBudget.of(4), ALWAYS);
        assertThat(load.requests).containsExactly(110, 210, 100, 200, 101, 201);
        assertThat(sample.latencies().count()).isEqualTo(4);
        assertThat(load.underWay).isZero();
    }

    @Test
    void sequences_whenTheLoadIsStopped_areEnded() {
        SimulatedLoad load = new SimulatedLoad(_ -> 10 * MILLI, sequences(1, 1000, 9)::forClient);
        closed(load, 1, ClientOptions.DEFAULT, RequestBudget.unlimited(), 25 * MILLI);
        assertThat(load.requests).containsExactly(110, 100, 100, 101);
    }

    @Test
    void sequences_ofWhichARequestFails_areFollowedByOthers() {
        SimulatedLoad load = new SimulatedLoad(new SimulatedLoad.Failing(MILLI, BUSY), sequences(4, 0, 2)::forClient);
        Sample sample = closed(load, 1, ClientOptions.DEFAULT, RequestBudget.of(3), ALWAYS);
        assertThat(load.requests).containsExactly(110, 210, 110);
        assertThat(sample.errors()).isEqualTo(3);
    }

    @Test
    void sequences_ofWhichARequestTimesOut_areFollowedByOthers() {
        SimulatedLoad load = new SimulatedLoad(n -> n == 1 ? null : MILLI, sequences(3, 0, 9)::forClient);
        Sample sample = closed(load, 1, ClientOptions.DEFAULT.withTimeout(Duration.ofMillis(50)), RequestBudget.of(5),
                ALWAYS);
        assertThat(load.requests).containsExactly(110, 100, 210, 200, 201);
        assertThat(sample.failures().timedOut()).isEqualTo(1);
    }

    @Test
    void sequences_varyInLength_asMuchAsTheyMay() {
        SequenceLengths lengths = new SequenceLengths(OptionalInt.of(20), 20);
        Random random = new Random(1);
        IntSummaryStatistics lengthsSeen = IntStream.range(0, 10_000).map(_ -> lengths.next(3, random))
                .summaryStatistics();
        assertThat(lengthsSeen.getMin()).isEqualTo(16);
        assertThat(lengthsSeen.getMax()).isEqualTo(24);
    }

    @Test
    void stop_waitsForWhatIsUnderWay() {
        SimulatedLoad load = new SimulatedLoad(_ -> 700 * MILLI);
        Sample sample = closed(load, 2, ClientOptions.DEFAULT, RequestBudget.unlimited(), SECOND);
        assertThat(sample.latencies().count()).isEqualTo(4);
        assertThat(load.getAsLong()).isEqualTo(1400 * MILLI);
    }
}
