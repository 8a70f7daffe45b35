package io.nereid.scheduler;

import com.google.errorprone.annotations.FormatMethod;
import io.nereid.inference.InferenceRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations under random policies: {@link BatchQueue} answers each as {@link ReferenceQueue} does, and the
 * promises hold that need no reference. A failure names its seed and what was done; put the seed into
 * {@link #round_seedThatOnceFailed_answersAsTheReference} to run it alone.
 */
class BatchQueueRandomTest {
    private static final int ROUNDS = 1_500;
    private static final int STEPS = 60;

    @Test
    void round_anySeed_answersAsTheReference() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            new Round(seed).run();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = 0)
    void round_seedThatOnceFailed_answersAsTheReference(long seed) {
        new Round(seed).run();
    }

    /** One policy, one queue of each kind, and what is done to both. */
    private static final class Round {
        private static final List<BatchKey> KEYS = IntStream.range(0, 4)
                .mapToObj(key -> BatchKey.of(new long[]{key}, 31)).toList();

        private final long seed;
        private final Random random;
        private final BatchPolicy policy;
        private final PriorityLevels priorities;
        private final int startSize;
        private final int keys;
        private final BatchQueue queue;
        private final ReferenceQueue reference;
        private final Promises promises;
        private final List<String> story = new ArrayList<>();
        private long now;
        private int offered;

        Round(long seed) {
            this.seed = seed;
            this.random = new Random(seed * 7919 + 1);
            this.policy = batchPolicy();
            this.priorities = priorityLevels();
            this.startSize = oneIn(6) ? random.nextInt(6) : 0;
            this.keys = 1 + random.nextInt(KEYS.size());
            // Near the end of the clock's range sums wrap around, and who compares instead of subtracting is found out.
            this.now = oneIn(2) ? Long.MAX_VALUE - random.nextInt(100_000) : random.nextLong();
            this.queue = new BatchQueue(policy, priorities, startSize);
            this.reference = new ReferenceQueue(policy, priorities, startSize);
            this.promises = new Promises(policy, priorities, startSize);
        }

        private BatchPolicy batchPolicy() {
            int most = oneIn(6) ? 1 : 1 + random.nextInt(16);
            List<Integer> preferred = random.ints(random.nextInt(4), 1, most + 1).boxed().toList();
            return new BatchPolicy(most, preferred, delay());
        }

        private long delay() {
            return oneIn(3) ? 0 : random.nextInt(20_000);
        }

        private PriorityLevels priorityLevels() {
            if (oneIn(3)) {
                return PriorityLevels.of(queuePolicy());
            }
            long count = 1L + random.nextInt(oneIn(10) ? 100 : 4);
            Map<Long, QueuePolicy> policies = new HashMap<>();
            for (long level = 1; level <= count; level++) {
                if (random.nextBoolean()) {
                    policies.put(level, queuePolicy());
                }
            }
            return new PriorityLevels(count, 1 + random.nextLong(count), queuePolicy(), policies);
        }

        private QueuePolicy queuePolicy() {
            QueuePolicy.TimeoutAction action = random.nextBoolean() ? QueuePolicy.TimeoutAction.REJECT
                    : QueuePolicy.TimeoutAction.DELAY;
            return new QueuePolicy(action, oneIn(3) ? 0 : 1 + random.nextInt(30_000), random.nextBoolean(),
                    oneIn(3) ? 1 + random.nextInt(8) : 0);
        }

        private boolean oneIn(int times) {
            return random.nextInt(times) == 0;
        }

        void run() {
            try {
                for (int step = 0; step < STEPS; step++) {
                    step();
                    compare();
                }
                drain();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + policy + ", " + priorities + ", startSize " + startSize
                        + "\n" + String.join("\n", story) + "\n" + e.getMessage(), e);
            }
        }

        private void step() {
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5, 6, 7 -> offer();
                case 8, 9, 10 -> pass();
                case 11, 12, 13 -> {
                    expire(); // as the scheduler does
                    take();
                }
                case 14, 15 -> expire();
                case 16, 17 -> remove();
                case 18 -> take();
                default -> rarely();
            }
        }

        private void rarely() {
            if (oneIn(3)) {
                limit();
            } else if (oneIn(10)) {
                flush();
            }
        }

        private void offer() {
            int rows = oneIn(4) ? random.nextInt(policy.maxBatchSize() + 3) : random.nextInt(4);
            long priority = random.nextLong(priorities.count() + 2);
            long timeoutMicros = random.nextBoolean() ? 0 : random.nextInt(30);
            InferenceRequest asked = QueuedRequests.asking("r" + offered, rows, priority, timeoutMicros);
            // A thread may be overtaken between reading the clock and getting the lock.
            long queuedNanos = oneIn(8) ? now - random.nextInt(50) : now;
            QueuedRequest request = QueuedRequests.of(asked, KEYS.get(random.nextInt(keys)), queuedNanos);
            log("offer r%d at %d: rows %d, priority %d, timeout %d us, key %s", offered, queuedNanos, rows, priority,
                    timeoutMicros, request.key());
            offered++;
            check("rows ahead", queue.rowsAhead(asked), reference.rowsAhead(asked));
            check("nanos to reject", queue.nanosToReject(asked), reference.nanosToReject(asked));
            boolean accepted = queue.offer(request);
            check("accepted", accepted, reference.offer(request));
            if (accepted) {
                promises.accepted(request);
            }
        }

        /** Time passes: often to the very moment at which something changes, or to just before it, or past it. */
        private void pass() {
            long until = switch (random.nextInt(4)) {
                case 0 -> queue.nanosUntilReady(now);
                case 1 -> queue.nanosUntilDeadline(now);
                default -> random.nextInt(oneIn(3) ? 20_000 : 2_000);
            };
            if (until != Long.MAX_VALUE) {
                now += Math.max(0, until - random.nextInt(2));
            }
            log("now %d", now);
        }

        private void take() {
            int maxRows = oneIn(3) ? 1 + random.nextInt(12) : Integer.MAX_VALUE;
            RecordedInstance instance = new RecordedInstance(0, maxRows);
            RecordedInstance expected = new RecordedInstance(0, maxRows);
            boolean ready = queue.nanosUntilReady(now) == 0;
            Decision decision = queue.decide(now, instance);
            log("decide for at most %d rows: %s %s", maxRows, kind(decision), ids(instance.batch()));
            Decision expectedDecision = reference.decide(now, expected);
            check("decision", kind(decision), kind(expectedDecision));
            check("batch", ids(instance.batch()), ids(expected.batch()));
            if (decision instanceof Decision.Reject reject && expectedDecision instanceof Decision.Reject rejected) {
                checkRejected(reject.requests(), rejected.requests());
                return;
            }
            check("ready before", ready, decision instanceof Decision.Run);
            promises.taken(instance.batch(), now);
        }

        private void expire() {
            List<QueuedRequest> rejected = queue.expire(now);
            log("expire: %s", ids(rejected));
            checkRejected(rejected, reference.expire(now));
        }

        /** In which order they are rejected makes no difference. */
        private void checkRejected(List<QueuedRequest> rejected, List<QueuedRequest> expected) {
            check("rejected", ids(rejected).stream().sorted().toList(), ids(expected).stream().sorted().toList());
            promises.rejected(rejected, now);
        }

        private static String kind(Decision decision) {
            return decision instanceof Decision.Reject ? "Reject" : decision.toString();
        }

        private void remove() {
            if (promises.queued().isEmpty()) {
                return;
            }
            QueuedRequest request = promises.queued().get(random.nextInt(promises.queued().size()));
            log("remove %s", request.request().id());
            queue.remove(request);
            reference.remove(request);
            promises.removed(request);
        }

        private void limit() {
            int rows = 1 + random.nextInt(16);
            long delay = delay();
            log("limit: rows %d, delay %d", rows, delay);
            queue.limit(rows, delay);
            reference.limit(rows, delay);
            promises.limited(rows, delay);
        }

        private void flush() {
            log("flush");
            queue.flush();
            reference.flush();
            promises.closed();
        }

        private void drain() {
            flush();
            while (queue.size() > 0) {
                int before = queue.size();
                take();
                check("drained", queue.size() < before, true);
            }
            take();
            promises.ended();
        }

        private void compare() {
            check("size", queue.size(), reference.size());
            check("rows", queue.rows(), reference.rows());
            check("oldest wait", queue.oldestWaitNanos(now), reference.oldestWaitNanos(now));
            check("nanos until ready", queue.nanosUntilReady(now), reference.nanosUntilReady(now));
            check("nanos until deadline", queue.nanosUntilDeadline(now), reference.nanosUntilDeadline(now));
            check("runnable", queue.runnable(now) > 0, reference.runnable(now) > 0);
        }

        @FormatMethod
        private void log(String format, Object... arguments) {
            story.add(format.formatted(arguments));
        }

        private static void check(String what, Object actual, Object expected) {
            if (!actual.equals(expected)) {
                throw new AssertionError(what + ": got " + actual + " (expected " + expected + ")");
            }
        }

        private static List<String> ids(List<QueuedRequest> requests) {
            return requests.stream().map(request -> request.request().id()).toList();
        }
    }

    /** What holds whatever the rules in detail. */
    private static final class Promises {
        private final boolean batches;
        private final PriorityLevels priorities;
        private final List<QueuedRequest> queued = new ArrayList<>();
        private int maxRows;
        private long delayNanos;
        private final int startSize;
        private boolean started;
        private boolean closed;

        Promises(BatchPolicy policy, PriorityLevels priorities, int startSize) {
            this.batches = policy.batches();
            this.maxRows = policy.maxBatchSize();
            this.delayNanos = policy.maxQueueDelayNanos();
            this.priorities = priorities;
            this.startSize = startSize;
            this.started = startSize == 0;
        }

        List<QueuedRequest> queued() {
            return queued;
        }

        void accepted(QueuedRequest request) {
            queued.add(request);
            started |= queued.size() >= startSize;
        }

        void removed(QueuedRequest request) {
            assertThat(queued.remove(request)).as("%s was queued", request.request().id()).isTrue();
        }

        void limited(int rows, long delay) {
            maxRows = rows;
            delayNanos = delay;
        }

        void closed() {
            closed = true;
            started = true;
        }

        void rejected(List<QueuedRequest> rejected, long now) {
            for (QueuedRequest request : rejected) {
                removed(request);
                assertThat(policy(request).timeoutAction()).isEqualTo(QueuePolicy.TimeoutAction.REJECT);
                assertThat(isLate(request, now)).as("%s is late", request.request().id()).isTrue();
            }
        }

        void taken(List<QueuedRequest> batch, long now) {
            if (batch.isEmpty()) {
                assertNobodyWaitedLongEnough(now);
                return;
            }
            assertThat(started).isTrue();
            assertThat(batch.stream().map(QueuedRequest::key).distinct()).as("keys of a batch").hasSize(1);
            if (batch.size() > 1) {
                assertThat(batch.stream().mapToInt(this::rows).sum()).as("rows").isLessThanOrEqualTo(maxRows);
            }
            for (QueuedRequest request : batch) {
                assertFirstOfItsKind(request, now);
                removed(request);
            }
        }

        /** Nothing to run: what is queued may still wait for others. */
        private void assertNobodyWaitedLongEnough(long now) {
            if (started) {
                assertThat(queued.isEmpty() || (delayNanos > 0 && !closed)).as("may wait").isTrue();
                for (QueuedRequest request : queued) {
                    assertThat(now - request.queuedNanos()).as("wait of %s", request.request().id())
                            .isLessThan(delayNanos);
                }
            }
        }

        /** Nobody in time of a key and a level is overtaken by one who came later. */
        private void assertFirstOfItsKind(QueuedRequest taken, long now) {
            for (QueuedRequest other : queued.subList(0, queued.indexOf(taken))) {
                assertThat(other.key().equals(taken.key()) && level(other) == level(taken) && !isLate(other, now))
                        .as("%s overtakes %s", taken.request().id(), other.request().id()).isFalse();
            }
        }

        void ended() {
            assertThat(queued).as("requests that nobody got").isEmpty();
        }

        private int rows(QueuedRequest request) {
            return batches ? Math.max(1, request.request().batchSize()) : 1;
        }

        private long level(QueuedRequest request) {
            return priorities.levelOf(request.request().options().priority());
        }

        private QueuePolicy policy(QueuedRequest request) {
            return priorities.policy(level(request));
        }

        private boolean isLate(QueuedRequest request, long now) {
            long timeout = policy(request).timeoutNanos(request.request().options().timeoutMicros());
            return timeout > 0 && now - request.queuedNanos() > timeout;
        }
    }
}
