package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** The rules of one sequence, and what happens to sequences that do not end as they should. */
class SequenceQueueTest {
    private static final String NO_START = "inference request for sequence 7 to model 'm' must specify the START flag on"
            + " the first request of the sequence";

    // Begin and end

    @Test
    void refusal_firstRequestWithoutStart_isTritonsText() {
        assertThat(Sequences.direct(1).refusal("7 a")).isEqualTo(NO_START);
    }

    @Test
    void offer_end_closesTheSequenceBeforeItHasRun() {
        Sequences all = Sequences.direct(2);
        all.add("7 start a");
        all.add("7 end b");
        assertThat(all.refusal("7 c")).isEqualTo(NO_START);
        all.add("7 start c");
        assertThat(all.rows()).isEqualTo("a c");
        assertThat(all.rows()).as("the younger one has the other row").isEqualTo("b -");
    }

    @Test
    void offer_startOnAnOpenSequence_goesOnInItsRowAndIsWarnedOfOnce() {
        Sequences all = Sequences.direct(2);
        all.add("7 start a");
        all.add("7 start b");
        all.add("7 start c");
        assertThat(List.of(all.rows(), all.rows(), all.rows())).containsExactly("a", "b", "c");
        assertThat(all.warnings)
                .containsExactly("sequence 7 for model 'm' has a conflict. The previous sequence did not"
                        + " end before this sequence start. Previous sequence will be terminated early.");
    }

    @Test
    void errors_ofAnIdOfManyCharacters_showItsBeginning() {
        SequenceErrors errors = new SequenceErrors("m",
                new SequenceLimits(Sequences.IDLE, QueuePolicy.UNLIMITED, 0));
        CorrelationId id = CorrelationId.of("user-" + "x".repeat(60_000));
        assertThat(errors.conflict(id)).startsWith("sequence user-xxx").contains("x... for model 'm'")
                .hasSizeLessThan(400);
        assertThat(errors.notBegun(id).text()).contains("sequence user-xxx").hasSizeLessThan(400);
    }

    @Test
    void oldest_sequenceRuns_itsNextRequestWaitsForTheInstanceToBeBack() {
        Sequences all = Sequences.oldest(4, 4);
        all.addInstance();
        all.add("7 start a");
        all.add("7 b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.queue.runnable(all.now)).isZero();
        assertThat(all.run(1)).isNull();
        assertThat(all.rows()).isEqualTo("b");
    }

    @Test
    void add_instanceOfMoreSlotsThanMemory_hasThoseThatSequencesTake() {
        for (Sequences all : List.of(Sequences.direct(Integer.MAX_VALUE), Sequences.oldest(Integer.MAX_VALUE, 8))) {
            all.add("7 start a");
            all.add("8 start b");
            assertThat(all.rows()).isEqualTo("a b");
            all.queue.returned(0, all.now);
            all.add("9 start c");
            all.add("7 d");
            assertThat(all.rows()).as("7 has the first slot, 9 the third").isIn("d - c", "c d");
        }
    }

    /** An instance that competes for resources asks whether it has work before it takes any. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void returned_nextRequestIsQueued_thatIsReady(boolean direct) {
        Sequences all = direct ? Sequences.direct(1) : Sequences.oldest(1, 1);
        all.add("7 start a");
        all.add("7 b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.queue.runnable(all.now)).isZero();
        all.queue.returned(0, all.now);
        assertThat(all.queue.runnable(all.now)).isEqualTo(1);
        assertThat(all.rows()).isEqualTo("b");
    }

    // Delay

    @Test
    void direct_fewerRowsThanWanted_waitForTheDelay() {
        Sequences all = new Sequences(new SequenceStrategy.Direct(4, 100, 0.5f), Sequences.LIMITS, StartSize.NONE, 1);
        all.add("1 start a");
        assertThat(all.rows()).isEqualTo("nothing");
        assertThat(all.queue.nanosUntilReady(all.now)).isEqualTo(100);
        all.now += 100;
        assertThat(Objects.requireNonNull(all.run(0)).reason()).isEqualTo(CloseReason.DELAY);
        all.add("2 start b");
        all.add("1 c");
        assertThat(Objects.requireNonNull(all.run(0)).reason()).as("two of four are enough")
                .isEqualTo(CloseReason.PREFERRED_SIZE);
    }

    @Test
    void flush_requestsWait_runAtOnce() {
        Sequences all = new Sequences(new SequenceStrategy.Direct(4, 100, 1), Sequences.LIMITS, new StartSize(9, 9), 1);
        all.add("1 start a");
        all.queue.flush();
        assertThat(Objects.requireNonNull(all.run(0)).reason()).isEqualTo(CloseReason.CLOSING);
    }

    /** The instance to be called is the one whose batch has to run first. */
    @Test
    void isFor_twoInstancesWait_isTheOneThatIsReadyFirst() {
        Sequences all = new Sequences(new SequenceStrategy.Direct(2, 100, 1), Sequences.LIMITS, StartSize.NONE, 2);
        all.add("1 start a");
        all.now += 10;
        all.add("2 start b");
        assertThat(all.queue.nanosUntilReady(all.now)).isEqualTo(90);
        assertThat(all.isFor(0)).isTrue();
        assertThat(all.isFor(1)).isFalse();
        all.now += 95;
        assertThat(all.queue.runnable(all.now)).isOne();
    }

    @Test
    void oldest_preferredSize_isTakenAtOnceAndTheRestWaits() {
        Sequences all = new Sequences(new SequenceStrategy.Oldest(8, new BatchPolicy(4, List.of(2), 100)),
                Sequences.LIMITS, StartSize.NONE, 1);
        all.add("1 start a");
        assertThat(all.rows()).isEqualTo("nothing");
        all.add("2 start b");
        all.add("3 start c");
        assertThat(all.rows()).isEqualTo("a b");
        assertThat(all.rows()).isEqualTo("nothing");
        all.now += 100;
        assertThat(all.rows()).isEqualTo("c");
    }

    // Idle

    @Test
    void expire_sequenceIsIdle_itsSlotGoesToTheNext() {
        Sequences all = Sequences.direct(1);
        all.add("7 start a");
        all.add("8 start b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.rows()).isEqualTo("nothing");
        all.now += Sequences.IDLE;
        assertThat(all.queue.nanosUntilDeadline(all.now)).isZero();
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.refusal("7 c")).isEqualTo(NO_START);
        assertThat(all.rows()).isEqualTo("b");
    }

    /** Triton counts from the request, however long it runs. */
    @Test
    void expire_requestRunsForLong_theSequenceIsNotIdle() {
        Sequences all = Sequences.direct(1);
        all.add("7 start a");
        assertThat(all.rows()).isEqualTo("a");
        all.now += 3 * Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.rows()).as("it is back").isEqualTo("nothing");
        all.now += Sequences.IDLE - 1;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.refusal("7 b")).isNull();
        all.now += 1;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.refusal("7 b")).isEqualTo(NO_START);
    }

    // Deadlines

    @Test
    void expire_timeoutInTheBacklog_endsTheWholeSequence() {
        Sequences all = Sequences.direct(1);
        all.add("7 start a");
        all.add("8 start b");
        all.add(all.request("8 c", BatchKey.ANY, 1));
        assertThat(all.queue.nanosUntilDeadline(all.now)).isEqualTo(1_000);
        all.now += 1_001;
        assertThat(Sequences.ids(all.queue.expire(all.now))).containsExactly("b", "c");
        assertThat(all.queue.timeoutError().text()).isEqualTo("timeout of the corresponding sequence has been expired");
        assertThat(all.refusal("8 d")).contains("must specify the START flag");
        assertThat(all.queue.size()).isOne();
    }

    @Test
    void expire_timeoutOfARequestWithASlot_countsOnlyByPolicy() {
        Sequences all = Sequences.direct(1);
        all.add(all.request("7 start a", BatchKey.ANY, 1));
        all.now += 900_000;
        assertThat(all.queue.expire(all.now)).isEmpty();
        QueuePolicy policy = new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 500, false, 0);
        Sequences limited = new Sequences(new SequenceStrategy.Direct(1, 0, 0),
                new SequenceLimits(Sequences.IDLE, policy, 0), StartSize.NONE, 1);
        limited.add("7 start a");
        limited.now += 300;
        limited.add("7 b");
        limited.now += 201;
        assertThat(Sequences.ids(limited.queue.expire(limited.now))).as("b makes no sense without a")
                .containsExactly("a", "b");
        assertThat(limited.queue.size()).isZero();
    }

    @Test
    void expire_firstRequestWasTaken_theNextOnesDeadlineCounts() {
        QueuePolicy policy = new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 500, false, 0);
        Sequences all = new Sequences(new SequenceStrategy.Direct(1, 0, 0),
                new SequenceLimits(Sequences.IDLE, policy, 0), StartSize.NONE, 1);
        all.add("7 start a");
        all.now += 300;
        all.add("7 b");
        assertThat(all.rows()).isEqualTo("a");
        all.now += 201;
        assertThat(all.queue.expire(all.now)).isEmpty();
        all.now += 300;
        assertThat(Sequences.ids(all.queue.expire(all.now))).containsExactly("b");
    }

    // Limits

    @Test
    void offer_queueIsFull_isRefusedAndTheSequenceGoesOn() {
        Sequences all = new Sequences(new SequenceStrategy.Direct(1, 0, 0), new SequenceLimits(Sequences.IDLE,
                new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 0, false, 1), 0), StartSize.NONE, 1);
        all.add("7 start a");
        assertThat(all.queue.offer(all.request("7 b", BatchKey.ANY, 0))).isFalse();
        assertThat(all.queue.offer(all.request("8 start b", BatchKey.ANY, 0))).isFalse();
        assertThat(all.rows()).isEqualTo("a");
        all.add("7 b");
        assertThat(all.rows()).isEqualTo("b");
    }

    @Test
    void refusal_asManySequencesAreOpenAsMayBe_isForNewOnesOnly() {
        Sequences all = new Sequences(new SequenceStrategy.Direct(4, 0, 0),
                new SequenceLimits(Sequences.IDLE, QueuePolicy.UNLIMITED, 1), StartSize.NONE, 1);
        all.add("7 start a");
        assertThat(all.refusal("8 start b")).isEqualTo("model 'm' has 1 open sequences (expected fewer than"
                + " batching.max_open_sequences, 1, for one more to begin)");
        assertThat(all.refusal("7 start b")).isNull();
        all.add("7 end b");
        assertThat(all.refusal("8 start c")).isNull();
    }

    /** No client has to end a sequence, and ids may be long. */
    @Test
    void refusal_openSequencesFillTheirMemory_isForNewOnesUntilOthersEnd() {
        SequenceMemory memory = new SequenceMemory(1_100);
        Sequences all = Sequences.within(memory);
        Sequences other = Sequences.within(memory);
        all.add("7 start a");
        other.add("7 start a");
        assertThat(other.refusal("8 start b")).isEqualTo("open sequences take 1024 bytes of heap (expected at most 1100"
                + " for those of all models together): end some, or lower max_sequence_idle_microseconds of model 'm'");
        assertThat(other.refusal("7 start b")).isNull();
        assertThat(other.refusal("7 b")).isNull();
        all.add("7 end b");
        assertThat(other.refusal("8 start b")).isNull();
        other.add("8 start b");
        other.queue.close();
        assertThat(memory.heldBytes()).isZero();
        other.add("7 end c");
        assertThat(memory.heldBytes()).isZero();
        assertThat(SequenceMemory.bytes(CorrelationId.of("x".repeat(1_000)))).isEqualTo(2_512);
    }

    // Cancelled

    @Test
    void cancelled_queuedRequest_endsItsSequenceAndFreesTheSlot() {
        Sequences all = Sequences.direct(1);
        all.add("7 start a");
        QueuedRequest cancelled = all.add("7 b");
        all.add("7 c");
        all.add("8 start d");
        all.queue.remove(cancelled);
        assertThat(Sequences.ids(all.queue.cancelled(cancelled))).containsExactly("a", "c");
        assertThat(all.refusal("7 e")).isEqualTo(NO_START);
        assertThat(all.rows()).isEqualTo("d");
    }

    /** The client is gone: Triton keeps the slot until the sequence has been idle for long. */
    @Test
    void cancelled_runningRequest_endsItsSequenceAndFreesTheSlot() {
        Sequences all = Sequences.direct(1);
        QueuedRequest running = all.add("7 start a");
        all.add("8 start b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.queue.cancelled(running)).isEmpty();
        assertThat(all.refusal("7 c")).isEqualTo(NO_START);
        assertThat(all.rows()).isEqualTo("b");
    }

    @Test
    void cancelled_requestThatHasRun_leavesItsSequence() {
        Sequences all = Sequences.direct(1);
        QueuedRequest over = all.add("7 start a");
        all.add("7 b");
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.rows()).isEqualTo("b");
        assertThat(all.queue.cancelled(over)).isEmpty();
        assertThat(all.refusal("7 c")).isNull();
    }

    // Instances

    @Test
    void lost_instanceIsGone_itsSequencesAreToldAndOthersGoOn() {
        Sequences all = Sequences.direct(1);
        all.addInstance();
        all.add("7 start a");
        all.add("8 start b");
        all.add("9 start c");
        assertThat(all.rows()).isEqualTo("a");
        all.add("7 d");
        assertThat(Sequences.ids(all.queue.lost(0, "it exited with 139"))).containsExactly("d");
        String gone = "the sequence has ended, since the instance of model 'm' is gone that had its state: it exited with"
                + " 139; begin it again with the START flag";
        assertThat(all.queue.lostError("it exited with 139").text()).isEqualTo(gone);
        assertThat(all.refusal("7 e")).isEqualTo(gone);
        assertThat(Objects.requireNonNull(all.run(1)).rows()).containsExactly("b");
        assertThat(all.run(1)).as("c waits for a slot").isNull();
        all.addInstance();
        assertThat(Objects.requireNonNull(all.run(2)).rows()).containsExactly("c");
        assertThat(all.refusal("7 start e")).isNull();
        all.now += Sequences.IDLE;
        assertThat(all.queue.expire(all.now)).isEmpty();
        assertThat(all.refusal("7 e")).isEqualTo(NO_START);
    }

    @Test
    void retiring_instanceHasSequences_keepsThemToTheirEndAndGetsNoMore() {
        Sequences all = Sequences.direct(1);
        all.add("7 start a");
        all.queue.retiring(0);
        assertThat(all.queue.holds(0)).isTrue();
        all.add("8 start b");
        assertThat(all.rows()).isEqualTo("a");
        all.add("7 end c");
        assertThat(all.rows()).isEqualTo("c");
        assertThat(all.rows()).isEqualTo("nothing");
        assertThat(all.queue.holds(0)).isFalse();
        all.queue.removed(0);
        all.addInstance();
        assertThat(Objects.requireNonNull(all.run(1)).rows()).containsExactly("b");
    }

    @Test
    void clear_takesAllOut() {
        Sequences all = Sequences.oldest(1, 1);
        all.add("7 start a");
        all.add("7 b");
        all.add("8 start c");
        assertThat(Sequences.ids(all.queue.clear())).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(all.queue.size()).isZero();
        assertThat(all.refusal("7 d")).isEqualTo(NO_START);
        assertThat(all.rows()).isEqualTo("nothing");
    }

    @Test
    void oldestWaitNanos_severalWait_isThatOfTheOldest() {
        Sequences all = Sequences.direct(1);
        assertThat(all.queue.oldestWaitNanos(all.now)).isZero();
        all.add("8 start a");
        all.now += 5;
        all.add("9 start b");
        all.now += 5;
        assertThat(all.queue.oldestWaitNanos(all.now)).isEqualTo(10);
        assertThat(all.rows()).isEqualTo("a");
        assertThat(all.queue.oldestWaitNanos(all.now)).isEqualTo(5);
    }
}
