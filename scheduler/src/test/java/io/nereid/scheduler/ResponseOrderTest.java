package io.nereid.scheduler;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Outcome;
import io.nereid.inference.Race;
import io.nereid.inference.Requests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ResponseOrderTest {
    private static final Outcome DONE = new InferenceException(ErrorCode.INTERNAL, "done");

    private final Queue<String> notified = new ConcurrentLinkedQueue<>();
    private final ResponseOrder order = new ResponseOrder((request, _) -> notified.add(request.request().id()));

    @Test
    void settle_laterRequestFirst_waitsForTheEarlierOnes() {
        List<QueuedRequest> requests = expect(order, 3);
        order.settle(requests.get(2), DONE);
        order.settle(requests.get(1), DONE);
        assertThat(notified).isEmpty();
        order.settle(requests.get(0), DONE);
        assertThat(notified).containsExactly("0", "1", "2");
    }

    @Test
    void settle_anyOrder_tellsInTheOrderOfArrival() {
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            notified.clear();
            List<QueuedRequest> shuffled = new ArrayList<>(expect(order, 10));
            Collections.shuffle(shuffled, random);
            shuffled.forEach(request -> order.settle(request, DONE));
            assertThat(notified).containsExactlyElementsOf(ids(10));
        }
    }

    @Test
    void settle_withoutOutcome_tellsNothingAndLetsTheNextPass() {
        List<QueuedRequest> requests = expect(order, 3);
        order.settle(requests.get(1), null);
        order.settle(requests.get(2), DONE);
        assertThat(notified).isEmpty();
        order.settle(requests.get(0), DONE);
        assertThat(notified).containsExactly("0", "2");
    }

    @Test
    void settle_everyOutcome_isTheRequestsOwnAndIsKeptNoLonger() {
        List<Outcome> outcomes = new ArrayList<>();
        ResponseOrder own = new ResponseOrder((_, outcome) -> outcomes.add(outcome));
        List<QueuedRequest> requests = expect(own, 2);
        Outcome other = new InferenceException(ErrorCode.INTERNAL, "other");
        own.settle(requests.get(1), other);
        own.settle(requests.get(0), DONE);
        assertThat(outcomes).containsExactly(DONE, other);
        assertThat(requests).allSatisfy(request -> assertThat(request.outcome).isNull());
        assertThat(requests).allSatisfy(request -> assertThat(request.follower).isNull());
    }

    /** A listener may end the next request itself: it is notified after this one, not within. */
    @Test
    void settle_withinAListener_isToldAfterIt() {
        List<String> events = new ArrayList<>();
        List<QueuedRequest> requests = new ArrayList<>();
        List<ResponseOrder> self = new ArrayList<>();
        self.add(new ResponseOrder((request, _) -> {
            events.add("begin " + request.request().id());
            if (request.request().id().equals("0")) {
                self.getFirst().settle(requests.get(1), DONE);
            }
            events.add("end " + request.request().id());
        }));
        requests.addAll(expect(self.getFirst(), 2));
        self.getFirst().settle(requests.get(0), DONE);
        assertThat(events).containsExactly("begin 0", "end 0", "begin 1", "end 1");
    }

    /** Were the lock held while a listener is notified, the other thread could not get in. */
    @Test
    void settle_whileAListenerIsTold_othersGetIn() {
        List<ResponseOrder> self = new ArrayList<>();
        self.add(new ResponseOrder((request, _) -> {
            if (request.request().id().equals("0")) {
                Thread other = Thread.ofPlatform().start(() -> expect(self.getFirst(), 1));
                try {
                    other.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            notified.add(request.request().id());
        }));
        QueuedRequest first = expect(self.getFirst(), 1).getFirst();
        self.getFirst().settle(first, DONE);
        assertThat(notified).containsExactly("0");
    }

    @Test
    void settle_severalThreads_tellEveryRequestOnceInOrderOneAtATime() throws Exception {
        int threads = 4;
        int each = 50;
        for (int round = 0; round < 100; round++) {
            List<String> received = new ArrayList<>(); // the order promises that one is notified after the other
            AtomicInteger tellers = new AtomicInteger();
            ResponseOrder shared = new ResponseOrder((request, _) -> {
                assertThat(tellers.incrementAndGet()).isEqualTo(1);
                received.add(request.request().id());
                tellers.decrementAndGet();
            });
            List<QueuedRequest> requests = expect(shared, threads * each);
            Race.run(threads, thread -> {
                for (int i = thread; i < requests.size(); i += threads) {
                    shared.settle(requests.get(i), i % 7 == 3 ? null : DONE);
                }
            });
            assertThat(received).containsExactlyElementsOf(IntStream.range(0, threads * each).filter(i -> i % 7 != 3)
                    .mapToObj(Integer::toString).toList());
        }
    }

    private static List<QueuedRequest> expect(ResponseOrder order, int count) {
        List<QueuedRequest> requests = ids(count).stream().map(id -> QueuedRequests.of(Requests.of(id), 0)).toList();
        requests.forEach(order::expect);
        return requests;
    }

    private static List<String> ids(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }
}
