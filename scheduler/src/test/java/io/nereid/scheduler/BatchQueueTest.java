package io.nereid.scheduler;

import io.nereid.scheduler.QueuePolicy.TimeoutAction;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The batcher's rules, an example each (docs/batching.md). Times are nanoseconds after the clock's zero. */
class BatchQueueTest {
    private static final long DELAY = 100;
    private static final BatchKey SMALL = BatchKey.of(new long[]{1, 8}, 31);
    private static final BatchKey LARGE = BatchKey.of(new long[]{1, 640}, 31);

    private BatchQueue queue = batches(8, DELAY);

    // Sizes

    @Test
    void take_noDelay_givesWhatThereIs() {
        queue = batches(8, 0);
        offer("a", 1, 0);
        offer("b", 2, 0);
        assertThat(queue.nanosUntilReady(0)).isZero();
        assertThat(take(0)).isEqualTo("INSTANCE_IDLE a b");
        assertThat(take(0)).isEqualTo("nothing");
    }

    /** A configuration without a limit of its own in mind may say so; its default is to prefer that size. */
    @Test
    void take_largestSizeThereIs_takesNoMemoryForIt() {
        queue = new BatchQueue(new BatchPolicy(Integer.MAX_VALUE, List.of(2, Integer.MAX_VALUE), DELAY),
                PriorityLevels.NONE, 0);
        offer("a", 1, 0);
        offer("b", 1, 0);
        assertThat(take(DELAY)).isEqualTo("DELAY a b");
    }

    @Test
    void take_moreThanTheMaximumQueued_givesTheMaximumAndTheRestNext() {
        queue = batches(4, 0);
        for (String id : List.of("a", "b", "c", "d", "e")) {
            offer(id, 1, 0);
        }
        assertThat(queue.runnable(0)).isPositive();
        assertThat(take(0)).isEqualTo("FULL a b c d");
        assertThat(take(0)).isEqualTo("INSTANCE_IDLE e");
    }

    @Test
    void take_nextRequestDoesNotFit_closesTheBatchBeforeIt() {
        offer("a", 5, 0);
        offer("b", 4, 0);
        assertThat(take(0)).isEqualTo("FULL a");
        assertThat(take(0)).as("b waits for others").isEqualTo("nothing");
    }

    @Test
    void take_instanceMayTakeFewerRows_leavesTheRestToOthers() {
        offer("a", 1, 0);
        offer("b", 2, 0);
        offer("c", 1, 0);
        offer("d", 4, 0);
        assertThat(take(0, 3)).isEqualTo("ADAPTIVE_LIMIT a b");
        assertThat(take(0, 3)).as("the rest waits for others").isEqualTo("nothing");
        long later = 1_000_000_000;
        assertThat(take(later, 3)).isEqualTo("ADAPTIVE_LIMIT c");
        assertThat(take(later, 3)).as("more rows than it may take, but alone").isEqualTo("DELAY d");
    }

    @Test
    void take_requestOfMoreRowsThanTheMaximum_runsByItself() {
        offer("huge", 9, 0);
        offer("a", 1, 0);
        assertThat(take(0)).isEqualTo("FULL huge");
    }

    @Test
    void take_requestsOfNoRows_countAsOneEach() {
        queue = batches(2, DELAY);
        offer("a", 0, 0);
        assertThat(take(0)).isEqualTo("nothing");
        offer("b", 0, 0);
        offer("c", 0, 0);
        assertThat(take(0)).isEqualTo("FULL a b");
    }

    @Test
    void take_modelWithoutBatching_givesOneRequestWhateverItsRows() {
        queue = new BatchQueue(BatchPolicy.ALONE, PriorityLevels.NONE, 0);
        offer("a", 30, 0);
        offer("b", 1, 0);
        assertThat(queue.runnable(0)).isEqualTo(2);
        assertThat(take(0)).isEqualTo("FULL a");
        assertThat(take(0)).isEqualTo("FULL b");
    }

    @Test
    void take_maximumNearTheLargestNumber_doesNotWrapAround() {
        queue = batches(Integer.MAX_VALUE, DELAY);
        offer("a", Integer.MAX_VALUE - 1, 0);
        offer("b", Integer.MAX_VALUE - 1, 0);
        assertThat(take(0)).isEqualTo("FULL a");
        assertThat(take(DELAY)).isEqualTo("DELAY b");
    }

    // Preferred sizes

    @Test
    void take_preferredSizeReached_doesNotWait() {
        queue = prefers(DELAY, 4);
        offer("a", 3, 0);
        assertThat(take(0)).isEqualTo("nothing");
        offer("b", 1, 1);
        assertThat(queue.nanosUntilReady(1)).isZero();
        assertThat(take(1)).isEqualTo("PREFERRED_SIZE a b");
    }

    @Test
    void take_twoPreferredSizesReached_givesTheLarger() {
        queue = prefers(DELAY, 2, 4);
        for (String id : List.of("a", "b", "c", "d", "e")) {
            offer(id, 1, 0);
        }
        assertThat(take(0)).isEqualTo("PREFERRED_SIZE a b c d");
    }

    @Test
    void take_morePendingThanAPreferredSize_trimsToIt() {
        queue = prefers(0, 2, 6);
        for (String id : List.of("a", "b", "c")) {
            offer(id, 1, 0);
        }
        assertThat(take(0)).isEqualTo("PREFERRED_SIZE a b");
        assertThat(take(0)).isEqualTo("INSTANCE_IDLE c");
    }

    @Test
    void take_delayHasPassed_isNotTrimmed() {
        queue = prefers(DELAY, 2, 6);
        for (String id : List.of("a", "b", "c")) {
            offer(id, 1, 0);
        }
        assertThat(take(DELAY)).isEqualTo("DELAY a b c");
    }

    @Test
    void take_nextWouldPassTheLargestPreferredSizeAndNoneIsMet_givesWhatComesBeforeIt() {
        queue = prefers(DELAY, 4);
        offer("a", 3, 0);
        offer("b", 3, 0);
        assertThat(take(0)).isEqualTo("FULL a");
    }

    @Test
    void take_firstRequestLargerThanEveryPreferredSize_runsAloneAtOnce() {
        queue = prefers(DELAY, 4);
        offer("a", 6, 0);
        offer("b", 1, 0);
        assertThat(take(0)).isEqualTo("FULL a");
    }

    // Delay

    @Test
    void nanosUntilReady_isMeasuredFromTheOldestRequest() {
        offer("a", 1, 0);
        offer("b", 1, 60);
        assertThat(queue.nanosUntilReady(60)).isEqualTo(40);
        assertThat(queue.runnable(99)).isZero();
        assertThat(take(99)).isEqualTo("nothing");
        assertThat(queue.nanosUntilReady(100)).isZero();
        assertThat(take(100)).isEqualTo("DELAY a b");
        assertThat(queue.nanosUntilReady(100)).as("nothing is queued").isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void nanosUntilReady_oldestWasTaken_isMeasuredFromTheNext() {
        queue = prefers(DELAY, 2);
        offer("a", 2, 0);
        offer("b", 1, 60);
        assertThat(take(60)).isEqualTo("PREFERRED_SIZE a");
        assertThat(queue.nanosUntilReady(100)).isEqualTo(60);
    }

    @Test
    void take_clockWrapsAroundWhileARequestWaits_countsOn() {
        offer("a", 1, Long.MAX_VALUE - 10);
        assertThat(queue.nanosUntilReady(Long.MAX_VALUE)).isEqualTo(90);
        assertThat(take(Long.MIN_VALUE + 88)).isEqualTo("nothing");
        assertThat(take(Long.MIN_VALUE + 89)).isEqualTo("DELAY a");
    }

    @Test
    void take_endlessDelay_waitsForAFullBatch() {
        queue = batches(2, Long.MAX_VALUE);
        offer("a", 1, 1_000);
        assertThat(take(1_000_000)).isEqualTo("nothing");
        offer("b", 1, 1_000_000);
        assertThat(take(1_000_000)).isEqualTo("FULL a b");
    }

    @Test
    void take_endlessDelayAndARequestWithATimeoutOfAnotherShape_servesTheLatterInTime() {
        queue = new BatchQueue(new BatchPolicy(8, List.of(), Long.MAX_VALUE),
                PriorityLevels.of(new QueuePolicy(TimeoutAction.DELAY, 0, true, 0)), 0);
        offer(QueuedRequests.of(QueuedRequests.asking("timed", 1, 0, 4), SMALL, 0));
        offer("endless", LARGE, 5_000);
        assertThat(queue.nanosUntilReady(5_000)).isZero();
        assertThat(take(5_000)).isEqualTo("DEADLINE timed");
        assertThat(take(5_000)).isEqualTo("nothing");
    }

    /** Better than Triton, where a request whose timeout is shorter than the delay is rejected without a try. */
    @Test
    void take_timeoutShorterThanTheDelay_waitsForCompanyHalfOfItOnly() {
        queue = new BatchQueue(new BatchPolicy(8, List.of(), 10_000),
                PriorityLevels.of(new QueuePolicy(TimeoutAction.REJECT, 4_000, false, 0)), 0);
        offer("a", 1, 0);
        assertThat(queue.nanosUntilReady(0)).isEqualTo(2_000);
        assertThat(take(1_999)).isEqualTo("nothing");
        assertThat(take(2_000)).isEqualTo("DEADLINE a");
    }

    // Shapes

    /** Better than Triton, where the other shape closes the batch for all behind it. */
    @Test
    void take_otherShapeBetween_doesNotCloseTheBatch() {
        queue = batches(2, DELAY);
        offer("small1", SMALL, 0);
        offer("large1", LARGE, 1);
        offer("small2", SMALL, 2);
        assertThat(take(2)).isEqualTo("FULL small1 small2");
        assertThat(take(2)).isEqualTo("nothing");
        assertThat(take(101)).isEqualTo("DELAY large1");
    }

    @Test
    void take_severalShapesReady_servesTheOneThatHasWaitedLongest() {
        queue = batches(2, 0);
        offer("large1", LARGE, 0);
        offer("small1", SMALL, 1);
        offer("small2", SMALL, 2);
        assertThat(queue.runnable(2)).isEqualTo(2);
        assertThat(take(2)).isEqualTo("SHAPE large1");
        assertThat(take(2)).isEqualTo("FULL small1 small2");
    }

    @Test
    void take_readyShapeBehindAWaitingOne_isNotHeldUp() {
        queue = batches(2, DELAY);
        offer("large1", LARGE, 0);
        offer("small1", SMALL, 50);
        offer("small2", SMALL, 50);
        assertThat(take(50)).isEqualTo("FULL small1 small2");
        assertThat(queue.nanosUntilReady(50)).isEqualTo(50);
    }

    @Test
    void offer_moreShapesThanAnybodyKeeps_forgetsNone() {
        queue = batches(2, 0);
        for (int i = 0; i < 300; i++) {
            offer("r" + i, BatchKey.of(new long[]{i}, 31), i);
        }
        for (int i = 0; i < 300; i++) {
            assertThat(take(300)).endsWith(" r" + i);
        }
        assertThat(queue.size()).isZero();
    }

    // Priorities

    @Test
    void take_higherPriorityCameLater_isServedFirst() {
        queue = levels(3, 0);
        offer("low", 1, 3, 0);
        offer("high", 1, 1, 5);
        offer("middle1", 1, 2, 6);
        offer("middle2", 1, 2, 7);
        assertThat(take(7)).isEqualTo("FULL high middle1 middle2 low");
    }

    @Test
    void take_priorityOutOfRange_isOfTheDefaultLevel() {
        queue = levels(3, 0);
        offer("three", 1, 3, 0);
        offer("none", 1, 0, 1);
        offer("four", 1, 4, 2);
        offer("one", 1, 1, 3);
        assertThat(take(3)).isEqualTo("FULL one none four three");
    }

    @Test
    void take_levelsBeyondTheSignedNumbers_areServedInUnsignedOrder() {
        queue = levels(-1, 0);
        offer("last", 1, -1, 0);
        offer("middle", 1, Long.MIN_VALUE, 1);
        offer("signed", 1, Long.MAX_VALUE, 2);
        offer("first", 1, 1, 3);
        assertThat(rowsAhead(-1)).isEqualTo(4);
        assertThat(rowsAhead(Long.MIN_VALUE)).isEqualTo(3);
        assertThat(rowsAhead(2)).isEqualTo(1);
        assertThat(take(3)).isEqualTo("FULL first signed middle last");
    }

    @Test
    void take_levelsBeyondTheSignedNumbersOfOtherShapes_areServedInUnsignedOrder() {
        queue = levels(-1, 0);
        offer("low", -1, SMALL, 0);
        offer("high", 5, LARGE, 5);
        assertThat(take(5)).isEqualTo("SHAPE high");
        assertThat(take(5)).isEqualTo("INSTANCE_IDLE low");
    }

    @Test
    void take_higherPriorityOfAnotherShape_isServedFirst() {
        queue = levels(3, 0);
        offer("low", 3, SMALL, 0);
        offer("high", 1, LARGE, 5);
        assertThat(take(5)).isEqualTo("SHAPE high");
        assertThat(take(5)).isEqualTo("INSTANCE_IDLE low");
    }

    @Test
    void take_higherPriorityComesIntoAFullBatch_pushesTheLastOut() {
        queue = levels(3, DELAY);
        offer("low1", 2, 3, 0);
        offer("low2", 2, 3, 1);
        offer("high", 2, 1, 2);
        assertThat(take(2)).isEqualTo("FULL high low1");
    }

    /** A request that would not have fitted must not keep out one that goes before it and does. */
    @Test
    void take_fittingRequestGoesBeforeOneThatDidNotFit_isPartOfTheBatch() {
        queue = levels(3, DELAY);
        offer("low", 2, 3, 0);
        offer("high1", 3, 1, 1);
        offer("high2", 1, 1, 2);
        assertThat(take(2)).isEqualTo("FULL high1 high2");
    }

    @Test
    void rowsAhead_countsTheRowsThatAreServedFirst() {
        queue = levels(3, DELAY);
        offer("a", 3, 1, 0);
        offer("b", 4, 2, 0);
        offer("c", 5, 3, 0);
        assertThat(rowsAhead(1)).isEqualTo(3);
        assertThat(rowsAhead(2)).isEqualTo(7);
        assertThat(rowsAhead(3)).isEqualTo(12);
        assertThat(rowsAhead(0)).as("level 2 is the default").isEqualTo(7);
    }

    @Test
    void rowsAhead_requestThatTimedOutAndWasDelayed_isNotAheadOfItsLevel() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.DELAY, 50, false, 0));
        offer("a", 3, 0);
        assertThat(rowsAhead(0)).isEqualTo(3);
        expire(51);
        assertThat(rowsAhead(0)).isZero();
    }

    // Queue policies

    @Test
    void offer_queueIsFull_isRefusedUntilOneLeaves() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.REJECT, 0, false, 2));
        offer("a", 8, 0);
        offer("b", 8, 0);
        QueuedRequest refused = request("c", 1, 0, BatchKey.ANY, 0);
        assertThat(queue.offer(refused)).isFalse();
        assertThat(isQueued(refused)).isFalse();
        assertThat(queue.size()).isEqualTo(2);
        assertThat(take(0)).isEqualTo("FULL a");
        assertThat(queue.offer(refused)).isTrue();
    }

    @Test
    void offer_oneLevelIsFull_doesNotConcernTheOthers() {
        QueuePolicy one = new QueuePolicy(TimeoutAction.REJECT, 0, false, 1);
        queue = new BatchQueue(new BatchPolicy(4, List.of(), 0),
                new PriorityLevels(2, 2, QueuePolicy.UNLIMITED, Map.of(1L, one)), 0);
        offer("high", 1, 1, 0);
        assertThat(queue.offer(request("high2", 1, 1, BatchKey.ANY, 0))).isFalse();
        offer("low1", 1, 2, 0);
        offer("low2", 1, 2, 0);
        assertThat(queue.size()).isEqualTo(3);
    }

    @Test
    void expire_timeoutPassed_rejects() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.REJECT, 50, false, 0));
        offer("a", 1, 0);
        offer("b", 1, 20);
        assertThat(queue.nanosUntilDeadline(0)).isEqualTo(51);
        assertThat(expire(50)).isEmpty();
        assertThat(expire(51)).containsExactly("a");
        assertThat(queue.nanosUntilDeadline(51)).isEqualTo(20);
        assertThat(queue.size()).isEqualTo(1);
        assertThat(take(70)).isEqualTo("DEADLINE b");
    }

    @Test
    void expire_timeoutPassedAndActionIsDelay_putsItBehindThoseInTime() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.DELAY, 50, false, 0));
        offer("a", 8, 0);
        offer("b", 8, 20);
        offer("c", 8, 60);
        assertThat(expire(71)).isEmpty();
        assertThat(queue.nanosUntilDeadline(71)).as("of c alone").isEqualTo(40);
        assertThat(take(71)).isEqualTo("FULL c");
        assertThat(take(71)).isEqualTo("FULL a");
        assertThat(take(71)).isEqualTo("FULL b");
    }

    @Test
    void expire_delayedRequestOfAHigherLevel_staysAheadOfTheLowerLevel() {
        queue = new BatchQueue(new BatchPolicy(1, List.of(), 0), new PriorityLevels(2, 2, QueuePolicy.UNLIMITED,
                Map.of(1L, new QueuePolicy(TimeoutAction.DELAY, 50, false, 0))), 0);
        offer("low", 1, 2, 0);
        offer("late", 1, 1, 0);
        offer("high", 1, 1, 40);
        expire(60);
        assertThat(take(60)).isEqualTo("FULL high");
        assertThat(take(60)).isEqualTo("FULL late");
        assertThat(take(60)).isEqualTo("FULL low");
    }

    @Test
    void expire_severalOfOneMomentDelayed_keepTheirOrder() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.DELAY, 50, false, 0));
        for (String id : List.of("a", "b", "c", "d")) {
            offer(id, 1, 0);
        }
        expire(51);
        assertThat(take(51)).isEqualTo("DEADLINE a b c d");
    }

    /** Better than Triton, where a request's own timeout counts for nothing unless the model has one too. */
    @Test
    void expire_requestsOwnTimeoutAndNoneOfTheModel_holds() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.REJECT, 0, true, 0));
        assertThat(queue.offer(QueuedRequests.of(QueuedRequests.asking("a", 1, 0, 3), 0))).isTrue();
        offer("b", 1, 0);
        assertThat(expire(3_000)).isEmpty();
        assertThat(expire(3_001)).containsExactly("a");
        assertThat(queue.nanosUntilDeadline(3_001)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void expire_removalLetsTheNextReachAPreferredSize_isReady() {
        queue = new BatchQueue(new BatchPolicy(8, List.of(4, 8), 1_000_000),
                PriorityLevels.of(new QueuePolicy(TimeoutAction.REJECT, 0, true, 0)), 0);
        offer("a", 3, 0);
        assertThat(queue.offer(QueuedRequests.of(QueuedRequests.asking("b", 2, 0, 3), 0))).isTrue();
        offer("c", 1, 0);
        assertThat(take(0)).isEqualTo("nothing");
        assertThat(expire(3_001)).containsExactly("b");
        assertThat(take(3_001)).isEqualTo("PREFERRED_SIZE a c");
    }

    // Cancellation

    @Test
    void remove_requestThatCompletedABatch_letsTheOthersWaitAgain() {
        queue = batches(2, DELAY);
        offer("a", 1, 0);
        QueuedRequest cancelled = request("b", 1, 0, BatchKey.ANY, 10);
        queue.offer(cancelled);
        assertThat(queue.nanosUntilReady(10)).isZero();
        queue.remove(cancelled);
        assertThat(isQueued(cancelled)).isFalse();
        assertThat(queue.nanosUntilReady(10)).isEqualTo(90);
        assertThat(take(100)).isEqualTo("DELAY a");
    }

    @Test
    void remove_onlyRequest_leavesNothingBehind() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.REJECT, 50, false, 1));
        QueuedRequest cancelled = request("a", 1, 0, BatchKey.ANY, 0);
        queue.offer(cancelled);
        queue.remove(cancelled);
        assertThat(queue.size()).isZero();
        assertThat(queue.nanosUntilReady(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(queue.nanosUntilDeadline(0)).isEqualTo(Long.MAX_VALUE);
        offer("b", 1, 0);
    }

    @Test
    void remove_requestThatIsNotQueued_isADefect() {
        assertThatThrownBy(() -> queue.remove(request("a", 1, 0, BatchKey.ANY, 0)))
                .isInstanceOf(NullPointerException.class).hasMessageContaining("not queued");
    }

    // Limits that change

    @Test
    void limit_shorterDelay_holdsForWhatIsQueuedToo() {
        offer("a", 1, 0);
        queue.limit(8, 40);
        assertThat(queue.nanosUntilReady(0)).isEqualTo(40);
        assertThat(take(40)).isEqualTo("DELAY a");
    }

    @Test
    void limit_longerDelay_holdsForWhatIsQueuedToo() {
        queue = batches(8, 0);
        offer("a", 1, 0);
        queue.limit(8, 40);
        assertThat(queue.nanosUntilReady(0)).isEqualTo(40);
    }

    @Test
    void limit_fewerRows_closesWhatIsQueuedEarlier() {
        offer("a", 2, 0);
        offer("b", 2, 0);
        offer("c", 2, 0);
        queue.limit(4, DELAY);
        assertThat(take(0)).isEqualTo("FULL a b");
        assertThat(take(0)).isEqualTo("nothing");
    }

    @Test
    void limit_nonsense_isRefused() {
        assertThatThrownBy(() -> queue.limit(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.limit(1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    // Start and end

    @Test
    void expedite_requestsWaitForCompany_runAtOnce() {
        offer("a", 1, 0);
        offer("b", 1, 0);
        queue.flush();
        assertThat(queue.runnable(0)).isPositive();
        assertThat(take(0)).isEqualTo("CLOSING a b");
        assertThat(take(0)).isEqualTo("nothing");
    }

    @Test
    void take_fewerQueuedThanAtStart_waitsForThem() {
        queue = new BatchQueue(new BatchPolicy(2, List.of(), 0), PriorityLevels.NONE, 3);
        offer("a", 1, 0);
        offer("b", 1, 0);
        assertThat(queue.nanosUntilReady(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(take(0)).isEqualTo("nothing");
        offer("c", 1, 0);
        assertThat(take(0)).isEqualTo("FULL a b");
        assertThat(take(0)).as("once started, it goes on").isEqualTo("INSTANCE_IDLE c");
    }

    @Test
    void expedite_beforeTheStart_letsOutWhatIsQueued() {
        queue = new BatchQueue(new BatchPolicy(2, List.of(), 0), PriorityLevels.NONE, 3);
        offer("a", 1, 0);
        queue.flush();
        assertThat(take(0)).isEqualTo("CLOSING a");
    }

    private static BatchQueue batches(int maxBatchSize, long delayNanos) {
        return new BatchQueue(new BatchPolicy(maxBatchSize, List.of(), delayNanos), PriorityLevels.NONE, 0);
    }

    // Decisions

    @Test
    void decide_severalTimeoutsHavePassed_rejectsThemBeforeAnythingRuns() {
        queue = withPolicy(new QueuePolicy(TimeoutAction.REJECT, 50, false, 0));
        offer("a", 1, 0);
        offer("b", 1, 10);
        offer("c", 1, 60);
        assertThat(take(61)).isEqualTo("rejects a b");
        assertThat(take(90)).isEqualTo("DEADLINE c");
    }

    @Test
    void decide_requestWaitsForOthers_saysUntilWhen() {
        offer("a", 1, 7);
        assertThat(queue.decide(10, new RecordedInstance(0, Integer.MAX_VALUE)))
                .isEqualTo(new Decision.WaitUntil(7 + DELAY));
    }

    @Test
    void decide_nothingQueuedOrTooFewToBegin_isIdle() {
        assertThat(queue.decide(0, new RecordedInstance(0, Integer.MAX_VALUE))).isEqualTo(Decision.IDLE);
        queue = new BatchQueue(new BatchPolicy(8, List.of(), 0), PriorityLevels.NONE, 2);
        offer("a", 1, 0);
        assertThat(queue.decide(0, new RecordedInstance(0, Integer.MAX_VALUE))).isEqualTo(Decision.IDLE);
    }

    private static BatchQueue prefers(long delayNanos, Integer... sizes) {
        return new BatchQueue(new BatchPolicy(8, List.of(sizes), delayNanos), PriorityLevels.NONE, 0);
    }

    /** Batches of four rows, level 2 for who asks for none. */
    private static BatchQueue levels(long count, long delayNanos) {
        return new BatchQueue(new BatchPolicy(4, List.of(), delayNanos),
                new PriorityLevels(count, 2, QueuePolicy.UNLIMITED, Map.of()), 0);
    }

    private static BatchQueue withPolicy(QueuePolicy policy) {
        return new BatchQueue(new BatchPolicy(8, List.of(), DELAY), PriorityLevels.of(policy), 0);
    }

    private void offer(String id, int rows, long nanos) {
        offer(request(id, rows, 0, BatchKey.ANY, nanos));
    }

    private void offer(String id, int rows, long priority, long nanos) {
        offer(request(id, rows, priority, BatchKey.ANY, nanos));
    }

    private void offer(String id, BatchKey key, long nanos) {
        offer(request(id, 1, 0, key, nanos));
    }

    private void offer(String id, long priority, BatchKey key, long nanos) {
        offer(request(id, 1, priority, key, nanos));
    }

    private void offer(QueuedRequest request) {
        assertThat(queue.offer(request)).isTrue();
    }

    private static boolean isQueued(QueuedRequest request) {
        return ((BatchQueueEntry) request).group != null;
    }

    private static QueuedRequest request(String id, int rows, long priority, BatchKey key, long nanos) {
        return QueuedRequests.of(QueuedRequests.asking(id, rows, priority, 0), key, nanos);
    }

    private long rowsAhead(long priority) {
        return queue.rowsAhead(QueuedRequests.asking("new", 1, priority, 0));
    }

    /** Why, and who: {@code "FULL a b"}. */
    private String take(long nowNanos) {
        return take(nowNanos, Integer.MAX_VALUE);
    }

    private String take(long nowNanos, int maxRows) {
        RecordedInstance instance = new RecordedInstance(0, maxRows);
        return switch (queue.decide(nowNanos, instance)) {
            case Decision.Run run -> run.reason() + " " + String.join(" ", ids(instance.batch()));
            case Decision.Reject reject -> "rejects " + String.join(" ", ids(reject.requests()));
            case Decision.WaitUntil _,Decision.Idle _ -> "nothing";
        };
    }

    private List<String> expire(long nowNanos) {
        return ids(queue.expire(nowNanos));
    }

    private static List<String> ids(List<QueuedRequest> requests) {
        return requests.stream().map(request -> request.request().id()).toList();
    }
}
