package io.nereid.scheduler.instance;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Race;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.StreamListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import io.nereid.scheduler.Release;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.ResponseStatistic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class ResponseSenderTest {
    private final InferenceException failure = new InferenceException(ErrorCode.UNAVAILABLE, "out of tokens");

    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - 100); // wraps around in the middle
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> defects = new CopyOnWriteArrayList<>();
    private final InstanceEnvironment environment = new InstanceEnvironment(true, statistics, clock,
            (_, defect) -> defects.add(defect));
    private final OpenSenders open = new OpenSenders();
    private final StreamListener listener = new StreamListener();
    private final QueuedRequest request = queued(listener);
    private final ResponseSender sender = sender(request);

    // Responses and their end

    @Test
    void send_severalThenEnd_listenerHearsThemInOrderAndOneEnd() {
        CountingLease memory = new CountingLease();
        sender.send(Requests.response(memory));
        sender.send(Requests.response(memory));
        assertThat(listener.responses()).isEqualTo(2);
        assertThat(listener.hasEnded()).isFalse();
        sender.end();
        assertThat(listener.end()).isEqualTo("end");
        assertThat(memory.releases()).isEqualTo(2);
    }

    @Test
    void sendLast_isTheEnd() {
        sender.send(Requests.response(Lease.NONE));
        sender.sendLast(Requests.response(Lease.NONE));
        assertThat(listener.end()).isEqualTo("last");
        assertThat(listener.responses()).isEqualTo(2);
    }

    @Test
    void sendError_amongResponses_isInItsPlaceAndEndsNothing() {
        List<String> seen = new CopyOnWriteArrayList<>();
        ResponseSender some = sender(queued(new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                seen.add("response");
            }

            @Override
            public void onFailedResponse(InferenceException error) {
                seen.add(error.text());
            }

            @Override
            public void onEnd() {
                seen.add("end");
            }

            @Override
            public void onError(InferenceException error) {
                seen.add("ended with an error");
            }
        }));
        some.send(Requests.response(Lease.NONE));
        some.sendError(failure);
        some.send(Requests.response(Lease.NONE));
        assertThat(some.isSuccessful()).isTrue();
        some.end();
        assertThat(seen).containsExactly("response", failure.text(), "response", "end");
        assertThatThrownBy(() -> some.sendError(failure)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void end_noResponse_isAnEmptyStream() {
        sender.end();
        assertThat(listener.end()).isEqualTo("end");
        assertThat(listener.responses()).isZero();
    }

    @Test
    void fail_afterResponses_isTheEnd() {
        sender.send(Requests.response(Lease.NONE));
        sender.fail(failure);
        assertThat(listener.error()).isSameAs(failure);
        assertThat(sender.isSuccessful()).isFalse();
    }

    @Test
    void calls_afterTheEnd_releaseWhatTheyAreGivenAndThrow() {
        CountingLease memory = new CountingLease();
        sender.end();
        assertThatThrownBy(() -> sender.send(Requests.response(memory))).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("have ended");
        assertThatThrownBy(() -> sender.sendLast(Requests.response(memory)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(sender::end).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> sender.fail(failure)).isInstanceOf(IllegalStateException.class);
        assertThat(memory.releases()).isEqualTo(2);
        assertThat(listener.end()).isEqualTo("end");
    }

    @Test
    void send_withinASend_isRefusedAndReleased() {
        CountingLease inner = new CountingLease();
        CountingLease outer = new CountingLease();
        AtomicInteger refused = new AtomicInteger();
        ResponseSender[] self = new ResponseSender[1];
        self[0] = sender(queued(new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                assertThatThrownBy(() -> self[0].send(Requests.response(inner)))
                        .isInstanceOf(IllegalStateException.class).hasMessageContaining("two threads");
                refused.incrementAndGet();
            }

            @Override
            public void onError(InferenceException error) {
                throw new AssertionError(error);
            }
        }));
        self[0].send(Requests.response(outer));
        assertThat(defects).isEmpty();
        assertThat(refused).hasValue(1);
        assertThat(inner.releases()).isEqualTo(1);
        assertThat(outer.releases()).isZero();
    }

    @Test
    void close_notEnded_failsInternal() {
        try (ResponseSender closed = sender) {
            closed.send(Requests.response(Lease.NONE));
        }
        assertThat(listener.error().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(listener.error().text()).isEqualTo("the backend did not finish the request");
    }

    @Test
    void close_ended_doesNothing() {
        sender.end();
        sender.close();
        assertThat(listener.end()).isEqualTo("end");
    }

    @Test
    void listener_throws_isReportedAndTheEndComesAllTheSame() {
        IllegalStateException thrown = new IllegalStateException("listener");
        AtomicInteger ends = new AtomicInteger();
        ResponseSender harmed = sender(queued(new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                throw thrown;
            }

            @Override
            public void onEnd() {
                ends.incrementAndGet();
                throw thrown;
            }

            @Override
            public void onError(InferenceException error) {
                throw new AssertionError(error);
            }
        }));
        harmed.send(Requests.response(Lease.NONE));
        harmed.end();
        assertThat(ends).hasValue(1);
        assertThat(defects).containsExactly(thrown, thrown);
        assertThatThrownBy(harmed::end).isInstanceOf(IllegalStateException.class);
    }

    // Giving up

    @Test
    void cancelled_sendsNothingMoreAndEndsCancelledHoweverItEnds() {
        for (Runnable ending : endings()) {
            StreamListener received = new StreamListener();
            QueuedRequest given = queued(received);
            ended = sender(given);
            CountingLease memory = new CountingLease();
            ended.send(Requests.response(memory));
            ended.cancel(given);
            assertThat(ended.isCancelled()).isTrue();
            ended.send(Requests.response(memory));
            assertThat(received.hasEnded()).isFalse(); // the backend is still at it
            ending.run();
            assertThat(received.error().code()).isEqualTo(ErrorCode.CANCELLED);
            assertThat(received.responses()).isEqualTo(1);
            assertThat(memory.releases()).isEqualTo(2);
            ended.close();
        }
        assertThat(defects).isEmpty();
    }

    private ResponseSender ended = sender;

    private List<Runnable> endings() {
        return List.of(() -> ended.end(), () -> ended.fail(failure), () -> ended.close(),
                () -> ended.sendLast(Requests.response(Lease.NONE)));
    }

    @Test
    void onCancel_runsOnceOnTheCancellingThread() {
        AtomicInteger runs = new AtomicInteger();
        sender.onCancel(() -> {
            throw new AssertionError("replaced");
        });
        sender.onCancel(runs::incrementAndGet);
        assertThat(runs).hasValue(0);
        sender.cancel(request);
        sender.cancel(request);
        assertThat(runs).hasValue(1);
    }

    @Test
    void onCancel_cancelledAlready_runsAtOnce() {
        AtomicInteger runs = new AtomicInteger();
        sender.cancel(request);
        sender.onCancel(runs::incrementAndGet);
        assertThat(runs).hasValue(1);
    }

    @Test
    void onCancel_ended_doesNotRun() {
        AtomicInteger runs = new AtomicInteger();
        sender.onCancel(runs::incrementAndGet);
        sender.end();
        sender.cancel(request);
        sender.onCancel(runs::incrementAndGet);
        assertThat(runs).hasValue(0);
        assertThat(sender.isCancelled()).isFalse();
        assertThat(listener.end()).isEqualTo("end");
    }

    @Test
    void onCancel_throws_isReported() {
        IllegalStateException thrown = new IllegalStateException("step");
        sender.onCancel(() -> {
            throw thrown;
        });
        sender.cancel(request);
        assertThat(defects).containsExactly(thrown);
    }

    // The execution fails

    @Test
    void abort_idle_endsWithTheFailure() {
        sender.send(Requests.response(Lease.NONE));
        sender.abort(failure);
        assertThat(listener.error()).isSameAs(failure);
        CountingLease memory = new CountingLease();
        assertThatThrownBy(() -> sender.send(Requests.response(memory))).isInstanceOf(IllegalStateException.class);
        assertThat(memory.releases()).isEqualTo(1);
    }

    // Turns of an iterative sequence

    @Test
    void endTurn_endsTheSenderAndNotTheRequest() {
        List<Release> released = new CopyOnWriteArrayList<>();
        sender.whenReleased(released::add);
        sender.send(Requests.response(Lease.NONE));
        assertThat(released).isEmpty();
        sender.endTurn();
        assertThat(released).containsExactly(Release.RESCHEDULE);
        assertThat(listener.hasEnded()).isFalse();
        assertThat(sender.isSuccessful()).isTrue();
        assertThatThrownBy(sender::end).isInstanceOf(IllegalStateException.class);
        sender.close();
        sender.whenReleased(released::add);
        assertThat(released).as("at once").hasSize(2);
        ResponseSender second = sender(request);
        second.sendLast(Requests.response(Lease.NONE));
        assertThat(listener.end()).isEqualTo("last");
        assertThat(statistics.snapshot().responses()).as("numbered over all executions").hasSize(2);
        assertThat(statistics.metrics().firstResponse().count()).isEqualTo(1);
        open.awaitNone();
    }

    @Test
    void endTurn_aborted_theRequestHasEnded() {
        List<Release> released = new CopyOnWriteArrayList<>();
        sender.whenReleased(released::add);
        sender.abort(failure);
        assertThatThrownBy(sender::endTurn).isInstanceOf(IllegalStateException.class);
        assertThat(released).containsExactly(Release.ALL);
        assertThat(listener.error()).isSameAs(failure);
    }

    @Test
    void abort_ended_doesNothing() {
        sender.end();
        sender.abort(failure);
        assertThat(listener.end()).isEqualTo("end");
    }

    @Test
    void abort_whileAResponseIsTold_endsAfterIt() throws Exception {
        CountDownLatch telling = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        List<Object> received = new CopyOnWriteArrayList<>();
        ResponseSender slow = sender(queued(new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                telling.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                received.add("response");
            }

            @Override
            public void onError(InferenceException error) {
                received.add(error);
            }
        }));
        Thread backend = Thread.ofPlatform().start(() -> slow.send(Requests.response(Lease.NONE)));
        telling.await();
        slow.abort(failure);
        assertThat(received).isEmpty();
        goOn.countDown();
        backend.join();
        assertThat(received).containsExactly("response", failure);
        assertThatThrownBy(slow::end).isInstanceOf(IllegalStateException.class);
    }

    // Statistics

    @Test
    void statistics_eachResponse_countsAtItsPlaceFromTheResponseBefore() {
        clock.advanceNanos(30);
        sender.outputsStart();
        clock.advanceNanos(4);
        sender.send(Requests.response(Lease.NONE));
        clock.advanceNanos(50);
        sender.send(Requests.response(Lease.NONE));
        clock.advanceNanos(7);
        sender.end();
        assertThat(statistics.snapshot().responses()).containsExactly(
                new ResponseStatistic(once(30), once(4), once(34), none(), none(), none()),
                new ResponseStatistic(once(50), once(0), once(50), none(), none(), none()),
                new ResponseStatistic(none(), none(), none(), none(), once(7), none()));
    }

    @Test
    void statistics_slowListener_isNotTheModelsTime() {
        ResponseSender slow = sender(queued(new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                clock.advanceNanos(1_000);
            }

            @Override
            public void onError(InferenceException error) {
                throw new AssertionError(error);
            }
        }));
        slow.send(Requests.response(Lease.NONE));
        clock.advanceNanos(5);
        slow.sendLast(Requests.response(Lease.NONE));
        assertThat(statistics.snapshot().responses()).extracting(ResponseStatistic::success)
                .containsExactly(once(0), once(5));
    }

    @Test
    void statistics_failureAndCancel_countAtTheirPlace() {
        clock.advanceNanos(5);
        sender.fail(failure);
        StreamListener received = new StreamListener();
        QueuedRequest given = queued(received);
        ResponseSender cancelled = sender(given);
        cancelled.send(Requests.response(Lease.NONE));
        clock.advanceNanos(3);
        cancelled.cancel(given);
        cancelled.send(Requests.response(Lease.NONE));
        cancelled.end();
        assertThat(statistics.snapshot().responses()).containsExactly(
                new ResponseStatistic(once(0), once(0), once(0), once(5), none(), none()),
                new ResponseStatistic(none(), none(), none(), none(), none(), once(3)));
    }

    // Races

    /** One thread sends and ends, one cancels, one aborts: in every order one end, every response released once. */
    @Test
    void race_sendCancelAbort_oneEndAndNothingLeft() throws Exception {
        long seed = System.nanoTime();
        for (int round = 0; round < 2_000; round++) {
            Random random = new Random(seed + round);
            StreamListener received = new StreamListener();
            QueuedRequest given = queued(received);
            ResponseSender raced = sender(given);
            AtomicInteger steps = new AtomicInteger();
            raced.onCancel(steps::incrementAndGet);
            int responses = random.nextInt(6);
            boolean aborts = random.nextBoolean();
            CountingLease memory = new CountingLease();
            AtomicInteger offered = new AtomicInteger();
            Race.run(3, thread -> {
                switch (thread) {
                    case 0 -> sendAll(raced, responses, memory, offered);
                    case 1 -> raced.cancel(given);
                    default -> {
                        if (aborts) {
                            raced.abort(failure);
                        }
                    }
                }
            });
            assertThat(received.end()).as("seed %d", seed + round).isNotNull();
            assertThat(memory.releases()).as("seed %d", seed + round).isEqualTo(offered.get());
            assertThat(steps.get()).isLessThanOrEqualTo(1);
        }
        sender.end(); // that of the field
        open.awaitNone();
        assertThat(defects).isEmpty();
    }

    private static void sendAll(ResponseSender to, int responses, CountingLease memory, AtomicInteger given) {
        try (to) {
            for (int i = 0; i < responses; i++) {
                given.incrementAndGet();
                to.send(Requests.response(memory));
            }
            to.end();
        } catch (IllegalStateException _) {
            // aborted
        }
    }

    private ResponseSender sender(QueuedRequest of) {
        return new ResponseSender(of, of.listener(), environment, open, clock.nanoTime());
    }

    private QueuedRequest queued(ResponseListener by) {
        return new QueuedRequest(Requests.of("r"), by, BatchKey.ANY, clock.nanoTime(), QueuedRequests::nobodyCancels);
    }

    private static DurationStatistic once(long nanos) {
        return new DurationStatistic(1, nanos);
    }

    private static DurationStatistic none() {
        return DurationStatistic.NONE;
    }
}
