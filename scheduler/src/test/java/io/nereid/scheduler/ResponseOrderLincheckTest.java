package io.nereid.scheduler;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Outcome;
import io.nereid.inference.Requests;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Requests that end on several threads at once, in the orders that Lincheck makes. */
class ResponseOrderLincheckTest {
    private static final int ORDERS = 80;
    private static final Outcome DONE = new InferenceException(ErrorCode.INTERNAL, "done");

    @Test
    void settle_threeThreadsAndOneRequestToldBefore_othersAreToldOnceInOrder() {
        ManyOrders.run(ORDERS, () -> {
            List<String> notified = new ArrayList<>(); // the order promises that one is notified after the other
            ResponseOrder order = new ResponseOrder((request, _) -> notified.add(request.request().id()));
            QueuedRequest a = expect(order, "a");
            QueuedRequest b = expect(order, "b");
            QueuedRequest c = expect(order, "c");
            Thread second = Thread.ofPlatform().start(() -> order.settle(b, null));
            Thread third = Thread.ofPlatform().start(() -> order.settle(c, DONE));
            order.settle(a, DONE);
            QueuedRequest late = expect(order, "late");
            order.settle(late, DONE);
            join(second);
            join(third);
            if (!notified.equals(List.of("a", "c", "late"))) {
                throw new AssertionError(notified.toString());
            }
        });
    }

    private static QueuedRequest expect(ResponseOrder order, String id) {
        QueuedRequest request = QueuedRequests.of(Requests.of(id), 0);
        order.expect(request);
        return request;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
