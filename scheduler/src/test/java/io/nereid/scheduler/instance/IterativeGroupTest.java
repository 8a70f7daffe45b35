package io.nereid.scheduler.instance;

import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Requests;
import io.nereid.inference.StreamListener;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.sequence.SequenceControls;
import io.nereid.scheduler.sequence.SequenceLimits;
import io.nereid.scheduler.sequence.SequenceQueue;
import io.nereid.scheduler.sequence.SequenceScheduler;
import io.nereid.scheduler.sequence.SequenceStrategy;
import io.nereid.scheduler.sequence.StartSize;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

import static org.assertj.core.api.Assertions.assertThat;

/** Instances of a model that runs requests several times, with their threads. */
@Timeout(60)
class IterativeGroupTest {
    private static final SequenceStrategy DIRECT = new SequenceStrategy.Direct(3, 0, 0);
    private static final SequenceStrategy OLDEST = new SequenceStrategy.Oldest(3, new BatchPolicy(2, List.of(), 0));

    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> defects = new CopyOnWriteArrayList<>();
    private final TensorMemory memory = new TensorMemory(1 << 20, 0);
    private final SequenceControls controls = new SequenceControls("m", List.of(), true, memory);
    private final BlockingQueue<ResponseSender> senders = new LinkedBlockingQueue<>();
    private final CountingLease inputs = new CountingLease();

    @AfterEach
    void nothingWentWrong() {
        assertThat(defects).isEmpty();
        memory.close();
    }

    /** What an execution does. */
    @FunctionalInterface
    private interface Body {
        void run(Batch batch) throws InferenceException, InstanceGoneException;
    }

    private record Instance(Body body) implements ModelInstance {
        @Override
        public String name() {
            return "m_0";
        }

        @Override
        public void execute(Batch batch) throws InferenceException, InstanceGoneException {
            body.run(batch);
        }

        @Override
        public void close() {
            // it has nothing
        }
    }

    /** A model, and its instances. */
    private final class Model implements AutoCloseable {
        private final SequenceScheduler scheduler;
        private final InstanceGroup group;

        Model(SequenceStrategy strategy, boolean decoupled, Body... bodies) {
            BatchScheduler batches = new BatchScheduler(
                    new SequenceQueue("m", strategy, new SequenceLimits(Long.MAX_VALUE / 8, QueuePolicy.UNLIMITED, 0),
                            StartSize.NONE, controls::nullRequest, controls::nextTurn, _ -> {
                            }),
                    BatchCompatibility.ALL, false, null,
                    new SchedulerEnvironment(NanoClock.SYSTEM, (_, _) -> () -> {
                    }, statistics, (_, defect) -> defects.add(defect)));
            scheduler = new SequenceScheduler("m", controls, batches, true);
            group = new InstanceGroup(batches,
                    List.of(bodies).stream().map(body -> InstanceGroup.Member.of(new Instance(body))).toList(),
                    new InstanceEnvironment(decoupled, true, statistics, NanoClock.SYSTEM,
                            (_, defect) -> defects.add(defect)));
        }

        Cancellation send(String id, StreamListener listener) throws InferenceException {
            return scheduler.enqueue(Requests.of(id, 1, inputs), listener);
        }

        @Override
        public void close() {
            group.close();
        }
    }

    @Test
    void reschedule_withoutASender_runsAgainUntilItIsAnswered() throws Exception {
        List<String> turns = new CopyOnWriteArrayList<>();
        StreamListener listener = new StreamListener();
        try (Model model = new Model(DIRECT, false, batch -> {
            turns.add(batch.request(0).options().sequenceStart() + " " + inputs.releases());
            if (turns.size() < 3) {
                batch.reschedule(0);
            } else {
                batch.respond(0, Requests.response(Lease.NONE));
            }
        })) {
            model.send("r", listener);
            assertThat(listener.end()).isEqualTo("last");
        }
        assertThat(turns).containsExactly("true 0", "false 0", "false 0");
        assertThat(inputs.releases()).isEqualTo(1);
    }

    @Test
    void enqueue_noSequenceNamed_eachHasOneOfItsOwn() throws Exception {
        List<CorrelationId> seen = new CopyOnWriteArrayList<>();
        try (Model model = new Model(DIRECT, false, batch -> {
            for (int i = 0; i < batch.size(); i++) {
                seen.add(batch.request(i).options().sequenceId());
                batch.respond(i, Requests.response(Lease.NONE));
            }
        })) {
            for (int i = 0; i < 2; i++) {
                StreamListener listener = new StreamListener();
                model.send("r", listener);
                assertThat(listener.end()).isEqualTo("last");
            }
        }
        assertThat(seen).containsExactly(CorrelationId.ofServer(1), CorrelationId.ofServer(2));
        assertThat(seen).doesNotContain(CorrelationId.of(1), CorrelationId.of(2));
    }

    @Test
    void reschedule_senderIsStillOpen_theRequestWaitsForIt() throws Exception {
        List<Integer> received = new CopyOnWriteArrayList<>();
        StreamListener listener = new StreamListener(_ -> received.add(senders.size()));
        try (Model model = new Model(DIRECT, true, batch -> {
            senders.add(batch.sender(0));
            if (!batch.request(0).options().sequenceStart()) {
                return;
            }
            batch.reschedule(0);
        })) {
            model.send("r", listener);
            ResponseSender first = senders.take();
            first.send(Requests.response(Lease.NONE));
            assertThat(received).as("it has not run again").containsExactly(0);
            first.endTurn();
            ResponseSender second = senders.take();
            second.sendLast(Requests.response(Lease.NONE));
            assertThat(listener.end()).isEqualTo("last");
        }
        assertThat(listener.responses()).isEqualTo(2);
        assertThat(inputs.releases()).isEqualTo(1);
        assertThat(statistics.snapshot().responses()).as("numbered over all executions")
                .hasSize(2);
    }

    @Test
    void cancel_betweenTwoExecutions_endsItAndTheNextHasItsRow() throws Exception {
        StreamListener listener = new StreamListener();
        StreamListener next = new StreamListener();
        try (Model model = new Model(new SequenceStrategy.Direct(1, 0, 0), true, batch -> {
            senders.add(batch.sender(0));
            if (batch.request(0).id().equals("given up")) {
                batch.reschedule(0);
            }
        })) {
            Cancellation cancellation = model.send("given up", listener);
            ResponseSender sender = senders.take();
            model.send("next", next);
            cancellation.cancel();
            senders.take().end();
            assertThat(next.end()).isEqualTo("end");
            assertThat(listener.hasEnded()).as("its sender is open").isFalse();
            sender.endTurn();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        }
        assertThat(inputs.releases()).isEqualTo(2);
        assertThat(statistics.snapshot().fail().count()).as("counted once").isEqualTo(1);
    }

    @Test
    void execute_failsAfterTheRequestWasPutBack_anOpenSenderEndsItAll() throws Exception {
        StreamListener listener = new StreamListener();
        try (Model model = new Model(DIRECT, true, batch -> {
            ResponseSender _ = batch.sender(0);
            batch.reschedule(0);
            throw new InferenceException(ErrorCode.INTERNAL, "broken");
        })) {
            model.send("r", listener);
            assertThat(listener.error().text()).isEqualTo("broken");
        }
        assertThat(inputs.releases()).isEqualTo(1);
    }

    @Test
    void close_requestIsToRunAgain_waitsForItsEnd() throws Exception {
        StreamListener listener = new StreamListener();
        Model model = new Model(DIRECT, true, batch -> {
            senders.add(batch.sender(0));
            if (batch.request(0).options().sequenceStart()) {
                batch.reschedule(0);
            }
        });
        model.send("r", listener);
        ResponseSender first = senders.take();
        Thread closer = Thread.ofPlatform().start(model::close);
        Await.until(() -> closer.getState() == Thread.State.WAITING);
        first.endTurn();
        senders.take().end();
        assertThat(listener.end()).isEqualTo("end");
        closer.join();
    }

    @Test
    void execute_instanceIsGone_theRequestIsToldWhatHappened() throws Exception {
        StreamListener listener = new StreamListener();
        try (Model model = new Model(DIRECT, false, batch -> {
            batch.reschedule(0);
            throw new InstanceGoneException(new InferenceException(ErrorCode.INTERNAL, "it exited"));
        })) {
            model.send("r", listener);
            assertThat(listener.error().text()).contains("is gone").contains("it exited");
        }
        assertThat(inputs.releases()).isEqualTo(1);
        assertThat(defects).hasSize(1);
        defects.clear();
    }

    /** Requests of up to 20 executions, answered on any thread, given up at any moment: each ends once, and in order. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void requests_givenUpAtRandom_eachEndsOnce(boolean direct, boolean decoupled) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int requests = 1_500;
        Turns turns = new Turns(decoupled);
        List<StreamListener> listeners = new ArrayList<>();
        try (Model model = new Model(direct ? DIRECT : OLDEST, decoupled, turns, turns)) {
            for (int i = 0; i < requests; i++) {
                StreamListener listener = new StreamListener();
                listeners.add(listener);
                Cancellation cancellation = model.send(i + " " + (1 + random.nextInt(20)), listener);
                if (random.nextInt(4) == 0) {
                    Thread.ofVirtual().start(cancellation::cancel);
                }
            }
            for (StreamListener listener : listeners) {
                Object end = listener.end();
                if (end instanceof InferenceException error) {
                    assertThat(error.code()).as("seed %d: %s", seed, error).isEqualTo(ErrorCode.CANCELLED);
                }
            }
        }
        assertThat(inputs.releases()).as("seed %d", seed).isEqualTo(requests);
        assertThat(turns.breaches).as("seed %d", seed).isEmpty();
    }

    /** Runs request {@code "name count"} so many times; every second one is answered by a sender, on another thread. */
    private static final class Turns implements Body {
        private final boolean decoupled;
        private final Map<String, Integer> done = new ConcurrentHashMap<>();
        private final List<String> breaches = new CopyOnWriteArrayList<>();

        Turns(boolean decoupled) {
            this.decoupled = decoupled;
        }

        @Override
        public void run(Batch batch) {
            for (int i = 0; i < batch.size(); i++) {
                if (batch.request(i).id().isEmpty()) {
                    batch.respond(i, Requests.response(Lease.NONE)); // a null row
                } else {
                    turn(batch, i);
                }
            }
        }

        private void turn(Batch batch, int index) {
            String id = batch.request(index).id();
            int number = done.merge(id, 1, Integer::sum);
            boolean more = number < Integer.parseInt(id.split(" ")[1]);
            if (batch.request(index).options().sequenceStart() != (number == 1)) {
                breaches.add("execution " + number + " of " + id + " has the wrong flag");
            }
            boolean sends = decoupled || number % 2 == 0;
            if (!sends && !more) {
                batch.respond(index, Requests.response(Lease.NONE));
                return;
            }
            ResponseSender sender = sends ? batch.sender(index) : null;
            if (more) {
                batch.reschedule(index);
            }
            if (sender != null) {
                Lease kept = batch.keepMemory(index);
                Thread.ofVirtual().start(() -> send(sender, more, kept));
            }
        }

        private void send(ResponseSender sender, boolean more, Lease kept) {
            if (decoupled && more) {
                sender.send(Requests.response(Lease.NONE));
            }
            kept.release();
            if (more) {
                sender.endTurn();
            } else {
                sender.sendLast(Requests.response(Lease.NONE));
            }
        }
    }
}
