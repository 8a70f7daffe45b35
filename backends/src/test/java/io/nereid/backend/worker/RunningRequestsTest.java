package io.nereid.backend.worker;

import io.nereid.backend.worker.RunningRequest.Step;
import io.nereid.backend.worker.memory.Extent;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Outcome;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Race;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.instance.ResponseSenders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** The requests that a worker has: their inputs' memory, and what is sent in which order. */
@Timeout(120)
class RunningRequestsTest {
    private final InferenceException failure = new InferenceException(ErrorCode.INTERNAL, "failed");

    private final Extents extents = new Extents();
    private final RunningRequests requests = new RunningRequests(extents);
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final AtomicBoolean cancelled = new AtomicBoolean();

    /** Notes what it receives; waits in a response that is not the last until it may go on. */
    private final class Client implements ResponseListener {
        private final CountDownLatch goOn;

        private Client(boolean waits) {
            goOn = new CountDownLatch(waits ? 1 : 0);
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            received.add((last ? "last " : "") + response.parameters().keySet());
            response.memory().release();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void onFailedResponse(InferenceException error) {
            received.add("passing " + error.text());
        }

        @Override
        public void onEnd() {
            received.add("end");
        }

        @Override
        public void onError(InferenceException error) {
            received.add("error " + error.text());
        }
    }

    private RunningRequest add() {
        return requests.add(new InferenceRequest("r", List.of(), List.of(), 1, RequestOptions.DEFAULT, Map.of(),
                Lease.NONE), cancelled::get);
    }

    private static InferenceResponse response(String name, Lease memory) {
        return new InferenceResponse(List.of(), Map.of(name, new ParameterValue.Flag(true)),
                memory);
    }

    /** The request runs again when its client has taken what it was sent, not before. */
    @Test
    void send_endOfTurn_comesAfterWhatWasSentAndEndsTheSenderOnly() throws Exception {
        RunningRequest running = add();
        Client client = new Client(true);
        sendBy(running, client);
        CountDownLatch first = send(running, response("a", Lease.NONE), false);
        requests.send(running, Step.endOfTurn());
        CountingLease late = new CountingLease();
        send(running, response("late", late), false).await();
        assertThat(late.releases()).as("it has no sender any more").isEqualTo(1);
        assertThat(first.getCount()).isEqualTo(1);
        client.goOn.countDown();
        first.await();
        requests.executed(running, false);
        assertThat(requests.find(running.handle())).isNull();
        assertThat(received).containsExactly("[a]");
    }

    /** An execution that sends one response does not wait for its client, one that sends more does. */
    @Test
    void sendAhead_countsAsSentIfNothingElseIsToBeSent() throws Exception {
        RunningRequest running = add();
        Client client = new Client(true);
        sendBy(running, client);
        CountDownLatch first = new CountDownLatch(1);
        requests.sendAhead(running, new Step(response("a", Lease.NONE), Step.Then.MORE, first::countDown));
        first.await();
        CountDownLatch second = new CountDownLatch(1);
        requests.sendAhead(running, new Step(response("b", Lease.NONE), Step.Then.MORE, second::countDown));
        requests.send(running, Step.endOfTurn());
        assertThat(second.getCount()).isEqualTo(1);
        CountDownLatch late = new CountDownLatch(1);
        requests.sendAhead(running, new Step(response("late", Lease.NONE), Step.Then.MORE, late::countDown));
        late.await();
        client.goOn.countDown();
        second.await();
        requests.executed(running, false);
        assertThat(received).containsExactly("[a]", "[b]");
    }

    private CountDownLatch send(RunningRequest running, @Nullable Outcome outcome, boolean last) {
        CountDownLatch sent = new CountDownLatch(1);
        requests.send(running, new Step(outcome, last ? Step.Then.END : Step.Then.MORE, sent::countDown));
        return sent;
    }

    private void sendBy(RunningRequest running, ResponseListener client) {
        running.sendBy(ResponseSenders.to(client));
    }

    private CountingLease lend(RunningRequest running) {
        CountingLease memory = new CountingLease();
        Extent extent = extents.lend(received.size(), 8, memory);
        running.lend(extent);
        return memory;
    }

    @Test
    void add_each_hasANumberOfItsOwnThatIsNeverZero() {
        RunningRequest first = add();
        RunningRequest second = add();
        assertThat(first.handle()).isPositive().isNotEqualTo(second.handle());
        assertThat(requests.find(second.handle())).isSameAs(second);
        requests.drop(second);
        assertThat(requests.find(second.handle())).isNull();
        assertThat(requests.find(0)).isNull();
        assertThat(add().handle()).isNotIn(first.handle(), second.handle());
    }

    @Test
    void executed_inputsNotKept_areTakenBackAndItIsForgotten() {
        RunningRequest running = add();
        CountingLease memory = lend(running);
        CountingLease more = lend(running);

        requests.executed(running, false);

        assertThat(memory.releases()).isEqualTo(1);
        assertThat(more.releases()).isEqualTo(1);
        assertThat(requests.find(running.handle())).isNull();
    }

    @Test
    void release_afterTheExecution_takesTheInputsBack() {
        RunningRequest running = add();
        CountingLease memory = lend(running);
        requests.executed(running, true);
        assertThat(memory.releases()).isZero();
        assertThat(requests.find(running.handle())).isSameAs(running);

        requests.release(running.handle());
        requests.release(running.handle());

        assertThat(memory.releases()).isEqualTo(1);
        assertThat(requests.find(running.handle())).isNull();
    }

    @Test
    void release_beforeTheExecutionHasEnded_isRemembered() {
        RunningRequest running = add();
        CountingLease memory = lend(running);
        requests.release(running.handle());
        assertThat(memory.releases()).as("its answers may lie in the inputs").isZero();

        requests.executed(running, true);

        assertThat(memory.releases()).isEqualTo(1);
    }

    @Test
    void release_andExecuted_atOnce_takeBackOnce() throws Exception {
        for (int round = 0; round < 200; round++) {
            RunningRequest running = add();
            CountingLease memory = lend(running);
            Race.run(2, thread -> {
                if (thread == 0) {
                    requests.release(running.handle());
                } else {
                    requests.executed(running, true);
                }
            });
            assertThat(memory.releases()).isEqualTo(1);
            assertThat(requests.find(running.handle())).isNull();
        }
    }

    @Test
    void send_beforeTheSenderIsThere_isSentWhenItIs() throws Exception {
        RunningRequest running = add();
        CountDownLatch first = send(running, response("a", Lease.NONE), false);
        CountDownLatch second = send(running, failure, false);
        CountDownLatch end = send(running, null, true);
        assertThat(received).isEmpty();
        assertThat(first.getCount()).isEqualTo(1);

        sendBy(running, new Client(false));

        first.await();
        second.await();
        end.await();
        assertThat(received).containsExactly("[a]", "passing failed", "end");
    }

    @Test
    void send_everyKindOfEnd_isSentAtOnce() {
        Map<String, Outcome> ends = Map.of("last [a]", response("a", Lease.NONE), "error failed", failure);
        ends.forEach((text, outcome) -> {
            received.clear();
            RunningRequest running = add();
            sendBy(running, new Client(false));
            requests.send(running, Step.end(outcome));
            assertThat(received).containsExactly(text);
        });
    }

    @Test
    void send_clientTakesItsTime_doesNotBlockAndKeepsTheOrder() throws Exception {
        RunningRequest running = add();
        Client client = new Client(true);
        sendBy(running, client);
        CountDownLatch first = send(running, response("first", Lease.NONE), false);
        List<String> expected = new ArrayList<>(List.of("[first]"));
        for (int i = 0; i < 50; i++) {
            CountDownLatch _ = send(running, response("n" + i, Lease.NONE), false);
            expected.add("[n" + i + "]");
        }
        CountDownLatch end = send(running, null, true);
        assertThat(first.getCount()).as("the worker waits as long as the client").isEqualTo(1);
        client.goOn.countDown();
        end.await();

        expected.add("end");
        assertThat(received).isEqualTo(expected);
    }

    @Test
    void send_afterTheEnd_isDroppedAndGivenBack() throws Exception {
        RunningRequest running = add();
        CountDownLatch end = send(running, null, true);
        CountingLease memory = new CountingLease();

        send(running, response("late", memory), false).await();
        send(running, failure, true).await();
        sendBy(running, new Client(false));
        end.await();

        assertThat(memory.releases()).isEqualTo(1);
        assertThat(received).containsExactly("end");
    }

    @Test
    void send_byManyThreads_isOneAfterTheOther() throws Exception {
        RunningRequest running = add();
        sendBy(running, new Client(false));
        List<CountDownLatch> sent = new CopyOnWriteArrayList<>();
        Race.run(4, thread -> {
            for (int i = 0; i < 100; i++) {
                sent.add(send(running, response(thread + "." + i, Lease.NONE), false));
            }
        });
        for (CountDownLatch each : sent) {
            each.await();
        }
        assertThat(received).hasSize(400);
        for (int thread = 0; thread < 4; thread++) {
            String of = "[" + thread + ".";
            int number = thread;
            assertThat(received.stream().filter(text -> text.startsWith(of)))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 100).mapToObj(i -> "[" + number + "." + i + "]").toList());
        }
    }

    @Test
    void fail_workerIsGone_endsThoseWhoseExecutionHasEnded() {
        RunningRequest open = add();
        sendBy(open, new Client(false));
        requests.executed(open, false);
        RunningRequest executing = add();
        sendBy(executing, new Client(false));
        RunningRequest withoutSender = add();
        assertThat(requests.hasOpenSenders()).isTrue();

        requests.fail(failure);

        assertThat(received).containsExactly("error failed");
        assertThat(requests.hasOpenSenders()).isFalse();
        assertThat(requests.find(open.handle())).isNull();
        assertThat(requests.find(executing.handle())).isSameAs(executing);
        assertThat(requests.find(withoutSender.handle())).isSameAs(withoutSender);
    }

    @Test
    void find_responsesAreToCome_isThereUntilTheLast() {
        RunningRequest running = add();
        assertThat(running.hasSender()).isFalse();
        sendBy(running, new Client(false));
        assertThat(running.hasSender()).isTrue();
        requests.executed(running, false);
        assertThat(requests.find(running.handle())).isSameAs(running);
        assertThat(requests.hasOpenSenders()).isTrue();

        requests.send(running, Step.end(failure));

        assertThat(requests.find(running.handle())).isNull();
        assertThat(requests.hasOpenSenders()).isFalse();
    }

    @Test
    void isCancelled_isWhatTheSchedulerSays() {
        RunningRequest running = add();
        assertThat(running.isCancelled()).isFalse();
        sendBy(running, new Client(false));
        assertThat(running.isCancelled()).isFalse();
        cancelled.set(true);
        assertThat(running.isCancelled()).isTrue();
        requests.send(running, Step.end(failure));
    }
}
