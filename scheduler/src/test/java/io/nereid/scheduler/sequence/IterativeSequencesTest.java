package io.nereid.scheduler.sequence;

import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.QueuedRequest;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests that run several times: where they go back to, and when their sequence is over. */
class IterativeSequencesTest {
    private static final SequenceStrategy ONE_AT_A_TIME = new SequenceStrategy.Oldest(4,
            new BatchPolicy(1, List.of(), 0));

    private static Sequences direct(int rows) {
        return Sequences.iterative(new SequenceStrategy.Direct(rows, 0, 0), Sequences.LIMITS, 1);
    }

    @Test
    void reschedule_runsAgainInItsRowWithoutStart() {
        Sequences all = direct(2);
        QueuedRequest a = all.add("1 start a");
        QueuedRequest b = all.add("2 start b");
        assertThat(all.rows()).isEqualTo("a b");
        all.now = 50;
        all.queue.released(a);
        assertThat(all.again(b)).isNull();
        assertThat(b.request().options().sequenceStart()).isFalse();
        assertThat(b.queuedNanos()).isEqualTo(50);
        assertThat(b.arrivedNanos()).isZero();
        assertThat(all.rows()).isEqualTo("- b");
        assertThat(all.queue.size()).isZero();
    }

    @Test
    void released_isTheEndOfTheSequenceAndTheNextHasItsSlot() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        all.add("2 start b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.rows()).as("the row is taken until the request is over").isEqualTo("nothing");
        all.queue.released(a);
        assertThat(all.refusal("1 c")).contains("must specify the START flag");
        assertThat(all.rows()).isEqualTo("b");
    }

    @Test
    void reschedule_otherRequestOfTheSequenceIsQueued_thatWaitsUntilItIsOver() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        assertThat(all.rows()).isEqualTo("a");
        QueuedRequest b = all.add("1 b");
        assertThat(all.rows()).as("whether a comes back is not known").isEqualTo("nothing");
        assertThat(all.again(a)).isNull();
        assertThat(all.rows()).isEqualTo("a");
        all.queue.released(a);
        assertThat(all.refusal("1 c")).as("it is open while b is to run").isNull();
        assertThat(all.rows()).isEqualTo("b");
        all.queue.released(b);
        assertThat(all.refusal("1 c")).isNotNull();
    }

    @Test
    void offer_endFlag_endsNothingBeforeTheRequestIsOver() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start end a");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.again(a)).isNull();
        assertThat(a.request().options().sequenceEnd()).isFalse();
        assertThat(all.rows()).isEqualTo("a");
        all.queue.released(a);
        assertThat(all.refusal("1 b")).isNotNull();
    }

    /** One that comes back goes behind those that have waited longer. */
    @Test
    void reschedule_oldest_sequencesTakeTurns() {
        Sequences all = Sequences.iterative(ONE_AT_A_TIME, Sequences.LIMITS, 1);
        QueuedRequest a = all.add("1 start a");
        QueuedRequest b = all.add("2 start b");
        all.add("3 start c");
        assertThat(all.rows()).isEqualTo("a");
        all.now++;
        assertThat(all.again(a)).isNull();
        assertThat(all.rows()).isEqualTo("b");
        all.now++;
        assertThat(all.again(b)).isNull();
        assertThat(List.of(all.rows(), all.rows(), all.rows())).containsExactly("c", "a", "b");
    }

    @Test
    void expire_requestIsBetweenTwoExecutions_theSequenceIsNotIdle() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        assertThat(all.rows()).isEqualTo("a");
        all.now = 5 * Sequences.IDLE;
        assertThat(all.rows()).isEqualTo("nothing");
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.again(a)).isNull();
        assertThat(all.rows()).isEqualTo("a");
    }

    @Test
    void cancelled_runningRequest_freesTheSlotAtOnceAndDoesNotComeBack() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        all.add("2 start b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.rows()).isEqualTo("nothing");
        assertThat(all.queue.cancelled(a)).isEmpty();
        assertThat(all.rows()).isEqualTo("b");
        assertThat(all.again(a)).startsWith("the sequence has ended");
        assertThat(all.rows()).isEqualTo("nothing");
    }

    @Test
    void lost_requestIsBetweenTwoExecutions_itIsToldWhenItWouldComeBack() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.rows()).isEqualTo("nothing");
        assertThat(all.queue.lost(0, "it exited")).isEmpty();
        assertThat(all.again(a)).contains("is gone").contains("it exited");
        all.now += Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.refusal("1 b")).as("it is forgotten").contains("must specify the START flag");
    }

    @Test
    void holds_requestIsBetweenTwoExecutions_theInstanceWaitsForItsEnd() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        assertThat(all.rows()).isEqualTo("a");
        all.queue.close();
        assertThat(all.rows()).isEqualTo("nothing");
        assertThat(all.queue.holds(0)).isTrue();
        assertThat(all.again(a)).isNull();
        assertThat(all.rows()).isEqualTo("a");
        all.queue.released(a);
        assertThat(all.queue.holds(0)).isFalse();
    }

    /** The timeout of a policy is for each wait. */
    @Test
    void reschedule_timeoutOfThePolicy_beginsAnew() {
        QueuePolicy hundred = new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 100, false, 0);
        Sequences all = Sequences.iterative(new SequenceStrategy.Direct(1, 0, 0),
                new SequenceLimits(Sequences.IDLE, hundred, 0), 1);
        QueuedRequest a = all.add(all.request("1 start a", BatchKey.ANY, 0));
        assertThat(all.rows()).isEqualTo("a");
        all.now = 500;
        assertThat(all.again(a)).isNull();
        assertThat(all.queue.expire(all.now + 100)).isEmpty();
        assertThat(Sequences.ids(all.queue.expire(all.now + 101))).containsExactly("a");
    }

    /** Two rows, whose requests have run and wait for their clients. */
    private static QueuedRequest[] waitingForTheirClients(Sequences all) {
        QueuedRequest[] slow = {all.add("1 start a"), all.add("2 start b")};
        assertThat(all.rows()).isEqualTo("a b");
        all.queue.awaitsClient(slow[0], all.now);
        all.now++;
        all.queue.awaitsClient(slow[1], all.now);
        return slow;
    }

    @Test
    void expire_clientDoesNotReadWhileOthersWait_theSequenceGivesWay() {
        Sequences all = direct(2);
        QueuedRequest[] slow = waitingForTheirClients(all);
        all.now = Sequences.IDLE - 1;
        all.add("3 start c");
        assertThat(all.queue.nanosUntilDeadline(all.now)).isEqualTo(1);
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.rows()).isEqualTo("nothing");
        all.now = Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.rows()).as("one row is enough").isEqualTo("c -");
        assertThat(all.again(slow[0])).contains("its client has not taken")
                .contains("max_sequence_idle_microseconds, 1,");
        assertThat(all.refusal("1 d")).contains("must specify the START flag");
        assertThat(all.again(slow[1])).as("nobody waits for its row").isNull();
        assertThat(all.rows()).isEqualTo("- b");
    }

    @Test
    void expire_clientDoesNotReadAndNobodyWaits_theSequenceGoesOn() {
        Sequences all = direct(2);
        QueuedRequest[] slow = waitingForTheirClients(all);
        all.now = 5 * Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.queue.nanosUntilDeadline(all.now)).isPositive();
        assertThat(all.again(slow[0])).isNull();
        all.add("3 start c");
        assertThat(all.queue.nanosUntilDeadline(all.now)).as("b has waited too long").isZero();
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.again(slow[1])).contains("its client has not taken");
        assertThat(all.rows()).isEqualTo("a c");
    }

    /** Neither does it when it sends more requests: they end with it. */
    @Test
    void expire_clientSendsMoreAndDoesNotRead_doesNotKeepItsRow() {
        Sequences all = direct(1);
        QueuedRequest a = all.add("1 start a");
        assertThat(all.rows()).isEqualTo("a");
        all.queue.awaitsClient(a, all.now);
        all.add("2 start b");
        all.now = Sequences.IDLE - 1;
        all.add("1 more");
        all.now = Sequences.IDLE;
        assertThat(Sequences.ids(all.queue.expire(all.now))).containsExactly("more");
        assertThat(all.rows()).isEqualTo("b");
        all.queue.released(a);
        assertThat(all.queue.size()).isZero();
    }

    @Test
    void awaitsClient_instanceIsToGo_runsWhatItHasBegunToItsEnd() {
        Sequences all = direct(2);
        QueuedRequest[] slow = waitingForTheirClients(all);
        all.queue.retiring(0);
        assertThat(all.again(slow[1])).isNull();
        assertThat(all.rows()).isEqualTo("- b");
        all.queue.awaitsClient(slow[1], all.now);
        all.add("3 start c");
        all.now = 5 * Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.queue.nanosUntilDeadline(all.now)).as("no alarm goes off over and over").isPositive();
        assertThat(all.again(slow[0])).isNull();
        assertThat(all.again(slow[1])).isNull();
    }

    @Test
    void awaitsClient_instanceIsGoneOrTheClientIs_nothingIsLeft() {
        Sequences all = direct(2);
        QueuedRequest[] slow = waitingForTheirClients(all);
        assertThat(all.queue.cancelled(slow[0])).isEmpty();
        assertThat(all.queue.lost(0, "it exited")).isEmpty();
        all.add("3 start c");
        all.now = 5 * Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.again(slow[0])).startsWith("the sequence has ended: another");
        assertThat(all.again(slow[1])).contains("it exited");
    }
}
