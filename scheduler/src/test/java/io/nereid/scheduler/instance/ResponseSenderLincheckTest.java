package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.ManyOrders;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;

/** A stream that is sent, given up and aborted at the same time, in the orders that Lincheck makes. */
class ResponseSenderLincheckTest {
    private static final int ORDERS = 60;
    private final InferenceException failure = new InferenceException(ErrorCode.INTERNAL, "failed");

    @Test
    void sendAndEnd_whileGivenUpAndAborted_endsOnce() {
        ManyOrders.run(ORDERS, () -> {
            Stream stream = new Stream();
            Thread canceller = Thread.ofPlatform().start(() -> stream.sender.cancel(stream.request));
            Thread aborter = Thread.ofPlatform().start(() -> stream.sender.abort(failure));
            try (stream.sender) {
                stream.sender.send(Requests.response(stream::released));
                stream.sender.end();
            } catch (IllegalStateException _) {
                // aborted
            }
            join(canceller);
            join(aborter);
            expect(1, stream.ends.get());
            expect(0, stream.breaches.get());
            expect(1, stream.releases.get());
        });
    }

    /** As a scheduler and a batch do it: whichever is first, the sender is notified. */
    @Test
    void detach_whileItIsGivenUp_senderHearsOfItOnce() {
        ManyOrders.run(ORDERS, () -> {
            Stream stream = new Stream();
            AtomicInteger steps = new AtomicInteger();
            Thread canceller = Thread.ofPlatform().start(() -> {
                QueuedRequests.cancel(stream.request);
                QueuedRequests.notifyExecution(stream.request);
            });
            stream.request.runBy(stream.sender);
            stream.sender.onCancel(steps::incrementAndGet);
            join(canceller);
            expect(true, stream.sender.isCancelled());
            expect(1, steps.get());
            stream.sender.end();
            expect(1, stream.ends.get());
        });
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void expect(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    /** One request, its sender, and what its listener receives. */
    private static final class Stream implements ResponseListener {
        private final AtomicInteger ends = new AtomicInteger();
        private final AtomicInteger breaches = new AtomicInteger();
        private final AtomicInteger releases = new AtomicInteger();
        private final QueuedRequest request = new QueuedRequest(Requests.of("r", 1, Lease.NONE), this, BatchKey.ANY, 0,
                QueuedRequests::nobodyCancels);
        private final ResponseSender sender = new ResponseSender(request, request.listener(),
                new InstanceEnvironment(true,
                        new ModelStatistics(InstantSource.system()), () -> 0, (_, _) -> breaches.incrementAndGet()),
                new OpenSenders(), 0);

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            response.memory().release();
            if (ends.get() > 0) {
                breaches.incrementAndGet();
            }
        }

        @Override
        public void onEnd() {
            ends.incrementAndGet();
        }

        @Override
        public void onError(InferenceException error) {
            ends.incrementAndGet();
        }

        private void released() {
            releases.incrementAndGet();
        }
    }
}
