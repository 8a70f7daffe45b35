package io.nereid.scheduler.sequence;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Refusal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** The queue against a reference that searches for everything, by random steps from a seed. */
class SequenceQueueRandomTest {
    private static final int STEPS = 400;
    private static final int SEEDS = 60;
    private static final BatchCompatibility BY_SHAPE = BatchCompatibility
            .of(List.of(new BatchCompatibility.Input("IN", true, false)));
    private static final List<BatchKey> KEYS = IntStream.range(0, 3).mapToObj(SequenceQueueRandomTest::key).toList();

    private static BatchKey key(int width) {
        return BY_SHAPE.key(new InferenceRequest("",
                List.of(new Tensor("IN", DataType.FP32, Shape.of(1, width), MemorySegment.NULL)), List.of(), 1,
                RequestOptions.DEFAULT, Map.of(), Lease.NONE));
    }

    @ParameterizedTest
    @CsvSource({"true, false", "false, false", "true, true", "false, true"})
    void steps_random_leadToWhatTheReferenceSays(boolean direct, boolean iterative) {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Run(seed, direct, iterative).play();
        }
    }

    private static final class Run {
        private final Random random;
        private final String name;
        private final Sequences actual;
        private final ReferenceSequences expected;
        private final List<Integer> instances = new ArrayList<>();
        private final Map<String, QueuedRequest> sent = new HashMap<>();
        private final boolean iterative;
        /** The requests of iterative sequences that were executed, and are neither over nor have come back. */
        private final List<QueuedRequest> executed = new ArrayList<>();
        private final Map<String, QueuedRequest> made = new HashMap<>();
        private final long begin;
        private final int keys;
        private final int ids;
        private int added;
        private int step;

        Run(int seed, boolean direct, boolean iterative) {
            random = new Random(seed);
            this.iterative = iterative;
            name = (direct ? "direct" : "oldest") + (iterative ? ", iterative" : "") + ", seed " + seed;
            int rows = 1 + random.nextInt(5);
            // the oldest group is served first: with one key nothing but the order counts
            keys = direct ? 1 + random.nextInt(3) : 1;
            ids = 1 + random.nextInt(12);
            int maxBatchSize = 1 + random.nextInt(rows);
            SequenceStrategy strategy = direct ? new SequenceStrategy.Direct(rows, 0, 0)
                    : new SequenceStrategy.Oldest(rows, new BatchPolicy(maxBatchSize, List.of(), 0));
            actual = iterative ? Sequences.iterative(strategy, Sequences.LIMITS, 0)
                    : new Sequences(strategy, Sequences.LIMITS, StartSize.NONE, 0);
            begin = random.nextBoolean() ? Long.MAX_VALUE - 2_000 : 0; // it may wrap around in the middle
            actual.now = begin;
            expected = new ReferenceSequences(direct, iterative, rows, maxBatchSize, Sequences.IDLE);
            addInstance();
        }

        void play() {
            for (step = 0; step < STEPS; step++) {
                actual.now += random.nextInt(20);
                int which = random.nextInt(100);
                if (which < 50) {
                    add();
                } else if (which < 85) {
                    run();
                } else if (which < 92) {
                    cancel();
                } else if (which < 96) {
                    expire();
                } else {
                    changeInstances();
                }
                check("size", actual.queue.size(), expected.size());
            }
        }

        private void add() {
            long id = 1L + random.nextInt(ids);
            boolean start = random.nextInt(3) == 0;
            boolean end = random.nextInt(4) == 0;
            int key = random.nextInt(keys);
            String request = "r" + step;
            QueuedRequest asked = actual.request(id + (start ? " start" : "") + (end ? " end " : " ") + request,
                    KEYS.get(key), 0);
            Refusal refusal = actual.queue.refusal(asked);
            String why = expected.add(id, start, end, request, key, actual.now - begin);
            check("refusal", said(refusal), why);
            if (refusal == null) {
                actual.add(asked);
                sent.put(request, asked);
                made.put(request, asked);
            }
        }

        private static @Nullable String said(@Nullable Refusal refusal) {
            return refusal == null ? null : refusal.error().text().contains("is gone") ? "gone" : "START";
        }

        private void run() {
            if (instances.isEmpty()) {
                return;
            }
            int instance = instances.get(random.nextInt(instances.size()));
            Sequences.Ran ran = actual.run(instance);
            check("rows", ran == null ? List.of() : ran.rows(), expected.run(instance, actual.now - begin));
            if (iterative && ran != null) {
                ran.rows().stream().filter(row -> !row.equals("-")).forEach(row -> executed.add(made.get(row)));
            }
            for (int i = 0; i < 3 && !executed.isEmpty(); i++) {
                release();
            }
        }

        /** One comes back or is over, maybe after others that were executed later. */
        private void release() {
            QueuedRequest request = executed.remove(random.nextInt(executed.size()));
            String id = request.request().id();
            if (random.nextInt(3) > 0) {
                String refused = actual.again(request);
                String why = refused == null ? null : refused.contains("is gone") ? "gone" : "ended";
                check("again", why, expected.again(id, KEYS.indexOf(request.key()), actual.now - begin));
                if (refused == null) {
                    check("start", request.request().options().sequenceStart(), false);
                    return;
                }
            } else {
                actual.queue.released(request);
            }
            expected.over(id);
        }

        private void cancel() {
            if (sent.isEmpty()) {
                return;
            }
            String request = "r" + random.nextInt(step);
            QueuedRequest given = sent.get(request);
            if (given != null) {
                boolean queued = ((SequenceRequest) given).sequence().requests().contains(given);
                if (queued) {
                    actual.queue.remove(given);
                }
                List<String> left = expected.cancel(request);
                check("cancelled", Sequences.ids(actual.queue.cancelled(given)), left == null ? List.of() : left);
                sent.remove(request);
            }
        }

        private void expire() {
            actual.now += random.nextInt(3) == 0 ? Sequences.IDLE : 100;
            check("expired", actual.queue.expire(actual.now), List.of());
            expected.expire(actual.now - begin);
        }

        private void changeInstances() {
            if (instances.size() > 1 && random.nextBoolean()) {
                int lostAt = random.nextInt(instances.size());
                int instance = instances.get(lostAt);
                instances.subList(lostAt, lostAt + 1).clear();
                List<String> lost = Sequences.ids(actual.queue.lost(instance, "it died"));
                assertThat(lost).as(name + ", step " + step).containsExactlyInAnyOrderElementsOf(
                        expected.lose(instance));
            } else if (instances.size() < 4) {
                addInstance();
            }
        }

        private void addInstance() {
            actual.addInstance();
            instances.add(added);
            expected.addInstance(added++);
        }

        private void check(String what, @Nullable Object got, @Nullable Object wanted) {
            assertThat(got).as(name + ", step " + step + ": " + what).isEqualTo(wanted);
        }
    }
}
