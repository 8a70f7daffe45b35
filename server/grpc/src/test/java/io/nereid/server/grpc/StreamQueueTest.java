package io.nereid.server.grpc;

import io.nereid.inference.Await;
import io.nereid.inference.CountingLease;
import io.nereid.inference.Lease;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.codec.InferResponseEncoder;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class StreamQueueTest {
    private static final long SEED = 7;

    private final StreamQueue queue = new StreamQueue(10_000, 3);
    private final Map<EncodedMessage, String> names = new HashMap<>();

    /** A request that notes what happens to it. */
    private static final class Request extends StreamQueue.Entry {
        boolean cancelled;
        int settled;
        long waiting;

        @Override
        void cancel() {
            cancelled = true;
        }

        @Override
        void waiting(long bytes) {
            waiting = bytes;
        }

        @Override
        void settled() {
            settled++;
        }
    }

    @Test
    void next_orderedRequestsThatEndOutOfOrder_areSentInOrder() {
        Request first = begin(true);
        Request second = begin(true);
        add(second, "second");
        queue.end(second);
        assertThat(sendAll()).isEmpty();
        add(first, "first");
        queue.end(first);
        assertThat(sendAll()).containsExactly("first", "second");
        assertThat(queue.isIdle()).isTrue();
        assertThat(List.of(first.settled, second.settled)).containsExactly(1, 1);
    }

    @Test
    void next_unorderedRequest_overtakesOrderedOnes() {
        Request ordered = begin(true);
        Request decoupled = begin(false);
        add(decoupled, "a");
        add(decoupled, "b");
        assertThat(sendAll()).containsExactly("a", "b");
        add(ordered, "ordered");
        queue.end(ordered);
        queue.end(decoupled);
        assertThat(sendAll()).containsExactly("ordered");
        assertThat(decoupled.settled).isOne();
    }

    @Test
    void next_orderedRequestWithSeveralResponses_holdsBackTheNextOne() {
        Request first = begin(true);
        Request second = begin(true);
        add(second, "second");
        add(first, "first 1");
        assertThat(sendAll()).containsExactly("first 1");
        queue.end(second);
        add(first, "first 2");
        queue.end(first);
        assertThat(sendAll()).containsExactly("first 2", "second");
    }

    @Test
    void giveUpPlace_letsThoseBehindItThrough_andItsOwnAreDueAtOnce() {
        Request waits = begin(true);
        Request second = begin(true);
        Request third = begin(true);
        add(second, "second");
        queue.end(second);
        add(third, "third");
        queue.end(third);
        assertThat(sendAll()).isEmpty();
        queue.giveUpPlace(waits);
        assertThat(sendAll()).containsExactly("second", "third");
        Request fourth = begin(true);
        add(waits, "a");
        add(fourth, "fourth");
        add(waits, "b");
        assertThat(sendAll()).containsExactly("a", "fourth", "b");
        queue.end(waits);
        queue.end(fourth);
        assertThat(queue.isIdle()).isTrue();
    }

    @Test
    void giveUpPlace_behindOthers_overtakesThem() {
        Request first = begin(true);
        Request waits = begin(true);
        queue.giveUpPlace(waits);
        add(waits, "a");
        assertThat(sendAll()).containsExactly("a");
        queue.end(waits);
        queue.end(first);
        assertThat(queue.isIdle()).isTrue();
    }

    @Test
    void end_orderedRequestWithoutResponse_letsTheNextOneThrough() {
        Request first = begin(true);
        Request second = begin(true);
        add(second, "second");
        queue.end(first);
        assertThat(sendAll()).containsExactly("second");
        assertThat(first.settled).isOne();
        assertThat(second.settled).isZero();
        queue.end(second);
        assertThat(second.settled).isOne();
    }

    @Test
    void next_clientThatTakesNothing_keepsTheResponse() {
        Request request = begin(true);
        add(request, "a");
        assertThat(queue.claim()).isTrue();
        assertThat(queue.claim()).isFalse();
        assertThat(queue.next(() -> false)).isNull();
        assertThat(queue.letGo()).as("another thread has asked meanwhile").isFalse();
        assertThat(queue.letGo()).isTrue();
        assertThat(queue.isIdle()).isFalse();
        assertThat(sendAll()).containsExactly("a");
    }

    @Test
    void waiting_bytesOfUnsentResponses_areCounted() {
        Request request = begin(false);
        long length = add(request, "a");
        assertThat(request.waiting).isGreaterThan(length);
        while (!queue.isFull()) {
            add(request, "more");
        }
        sendAll();
        assertThat(request.waiting).isZero();
        assertThat(queue.isFull()).isFalse();
    }

    @Test
    void isFull_manySmallResponses_isSoBeforeTheyTakeMuchMemory() {
        StreamQueue wide = new StreamQueue(Long.MAX_VALUE, Integer.MAX_VALUE);
        int responses = 0;
        while (!wide.isFull()) {
            Request request = new Request();
            wide.begin(request, true);
            wide.add(new StreamQueue.Response(request, message("refused"), Lease.NONE));
            wide.end(request);
            responses++;
        }
        assertThat(responses).isLessThan(1000);
        wide.close();
        assertThat(wide.isFull()).isFalse();
    }

    @Test
    void close_requestsUnderWay_areGivenUpAndNothingIsKept() {
        CountingLease lease = new CountingLease();
        Request first = begin(true);
        Request second = begin(true);
        add(second, "held back", lease);
        queue.end(second);
        queue.close();
        assertThat(first.cancelled).isTrue();
        assertThat(second.cancelled).isFalse();
        assertThat(second.settled).isOne();
        add(first, "for nobody", lease);
        assertThat(lease.releases()).isEqualTo(2);
        queue.end(first);
        assertThat(first.settled).isOne();
        assertThat(sendAll()).isEmpty();
        assertThat(queue.isIdle()).isTrue();
    }

    @Test
    void awaitSpace_tooManyWaiting_waitsUntilTheyAreSentOrTheStreamEnds() throws Exception {
        Request request = begin(false);
        for (int i = 0; i < 3; i++) {
            add(request, "a");
        }
        Thread sender = waiting(request);
        sendAll();
        sender.join(TimeUnit.SECONDS.toMillis(20));
        assertThat(sender.isAlive()).isFalse();
        for (int i = 0; i < 3; i++) {
            add(request, "b");
        }
        Thread another = waiting(request);
        queue.close();
        another.join(TimeUnit.SECONDS.toMillis(20));
        assertThat(another.isAlive()).isFalse();
    }

    private Thread waiting(Request request) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            begun.countDown();
            queue.awaitSpace(request);
        });
        begun.await();
        Await.until(() -> {
            assertThat(thread.isAlive()).as("waits").isTrue();
            return thread.getState() == Thread.State.WAITING;
        });
        return thread;
    }

    @Test
    void anyOrderOfEvents_sendsEachOrderedRequestInItsTurnAndSettlesAll() {
        Random random = new Random(SEED);
        for (int round = 0; round < 500; round++) {
            StreamQueue tried = new StreamQueue(1 << 30, Integer.MAX_VALUE);
            List<Request> requests = new ArrayList<>();
            List<Request> open = new ArrayList<>();
            List<Integer> sentOrdered = new ArrayList<>();
            Map<Request, Boolean> ordered = new HashMap<>();
            CountingLease leases = new CountingLease();
            int responses = 0;
            boolean closes = random.nextInt(4) == 0;
            for (int step = 0; step < 60; step++) {
                int choice = random.nextInt(4);
                if (choice == 0) {
                    Request request = new Request();
                    ordered.put(request, random.nextBoolean());
                    tried.begin(request, ordered.get(request));
                    requests.add(request);
                    open.add(request);
                } else if (choice == 1 && !open.isEmpty()) {
                    tried.add(new StreamQueue.Response(open.get(random.nextInt(open.size())), message("x"), leases));
                    responses++;
                } else if (choice == 2 && !open.isEmpty()) {
                    tried.end(open.remove(random.nextInt(open.size())));
                } else {
                    drain(tried, requests, ordered, sentOrdered);
                }
            }
            if (closes) {
                tried.close();
            }
            open.forEach(tried::end);
            drain(tried, requests, ordered, sentOrdered);
            assertThat(requests).as("seed %d, round %d", SEED, round).allMatch(request -> request.settled == 1);
            assertThat(leases.releases()).isEqualTo(responses);
            assertThat(sentOrdered).isSorted();
            assertThat(tried.isIdle()).isTrue();
        }
    }

    private static void drain(StreamQueue queue, List<Request> requests, Map<Request, Boolean> ordered,
            List<Integer> sentOrdered) {
        queue.claim();
        for (StreamQueue.Response next = queue.next(() -> true); next != null; next = queue.next(() -> true)) {
            if (ordered.getOrDefault((Request) next.entry(), false)) {
                sentOrdered.add(requests.indexOf((Request) next.entry()));
            }
            queue.sent(next);
        }
        queue.letGo();
    }

    private Request begin(boolean ordered) {
        Request request = new Request();
        queue.begin(request, ordered);
        return request;
    }

    private long add(Request request, String name) {
        return add(request, name, Lease.NONE);
    }

    private long add(Request request, String name, Lease lease) {
        EncodedMessage message = message(name);
        names.put(message, name);
        queue.add(new StreamQueue.Response(request, message, lease));
        return message.length();
    }

    private static EncodedMessage message(String text) {
        return InferResponseEncoder.refusal("", text);
    }

    private List<String> sendAll() {
        List<String> sent = new ArrayList<>();
        assertThat(queue.claim()).isTrue();
        for (StreamQueue.Response next = queue.next(() -> true); next != null; next = queue.next(() -> true)) {
            sent.add(String.valueOf(names.get(next.message())));
            queue.sent(next);
        }
        assertThat(queue.letGo()).isTrue();
        return sent;
    }
}
