package io.nereid.server.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.LateCancellation;
import io.nereid.inference.Lease;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.Scheduler;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A request of more rows than its model takes at once: several requests to the model, of which {@link #AT_ONCE} are
 * queued or run at a time, and one answer with the outputs of all of them, in their order. What fails or is cancelled
 * ends all of it. What the model has answered is charged to the request's account until the answer is complete.
 *
 * <p>Thread-safe; requests are queued by the caller and then by the threads on which the model responds, one thread at a
 * time. Nothing blocks.
 */
final class RequestParts implements Cancellation {
    /** Enough for the instances of most models; the requests of others get between these. */
    static final int AT_ONCE = 4;
    /** What one part takes on the heap. */
    static final long HEAP_BYTES = 1 << 10;

    private final Queueing model;
    private final List<InferenceRequest> parts;
    private final Account account;
    private final InferenceException notOne;
    private final ResponseListener answer;
    private final List<LateCancellation> cancellations;

    @GuardedBy("this")
    private final @Nullable InferenceResponse[] responses;
    /** The first part that was not taken to be queued. */
    @GuardedBy("this")
    private int next = 1;
    /** Parts that are queued or run. */
    @GuardedBy("this")
    private int running = 1;
    /** Whether a thread is about to queue parts. */
    @GuardedBy("this")
    private boolean queueing = true;
    @GuardedBy("this")
    private @Nullable InferenceException failure;
    @GuardedBy("this")
    private boolean answered;

    /** How a part reaches the model: as {@link Scheduler#enqueue}. */
    @FunctionalInterface
    interface Queueing {
        Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException;
    }

    private RequestParts(Queueing model, List<InferenceRequest> parts, Account account, InferenceException notOne,
            ResponseListener answer) {
        this.model = model;
        this.parts = parts;
        this.account = account;
        this.notOne = notOne;
        this.answer = answer;
        this.cancellations = parts.stream().map(_ -> new LateCancellation()).toList();
        this.responses = new @Nullable InferenceResponse[parts.size()];
    }

    /**
     * Queues the parts, which are the model's from here on; if this throws, they are still the caller's.
     *
     * @param parts valid requests, two or more, that all lie in the memory of the first
     * @param account takes what the model answers until all of it is there; closed by its owner behind the answer
     * @param notOne the error where a part has no response, or several
     * @param answer receives one response, which is the last, or an error
     * @return the way to cancel all of them
     * @throws InferenceException as {@link Scheduler#enqueue}
     */
    static Cancellation enqueue(Queueing model, List<InferenceRequest> parts, Account account,
            InferenceException notOne, ResponseListener answer) throws InferenceException {
        Lease shared = parts.getFirst().memory().retain(parts.size() - 1);
        RequestParts all = new RequestParts(model, parts.stream().map(part -> part.withMemory(shared)).toList(),
                account, notOne, answer);
        all.enqueue(0);
        all.queueOn();
        return all;
    }

    private void enqueue(int part) throws InferenceException {
        LateCancellation cancellation = cancellations.get(part);
        cancellation.bind(
                model.enqueue(parts.get(part), new OnlyResponse(new Part(part), cancellation, notOne)));
    }

    /** Queues what may be queued now; the parts that end meanwhile are not waited for by anybody else. */
    private void queueOn() {
        for (int part = take(); part >= 0; part = take()) {
            try {
                enqueue(part);
            } catch (InferenceException e) {
                parts.get(part).memory().release();
                ended(part, null, e);
            }
        }
        answerIfComplete();
    }

    /** The part to be queued next, or -1 where none may be. */
    private synchronized int take() {
        if (next == parts.size() || running == AT_ONCE) {
            queueing = false;
            return -1;
        }
        running++;
        return next++;
    }

    /** The one response of a part. */
    private final class Part implements ResponseListener {
        private final int index;

        Part(int index) {
            this.index = index;
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            try {
                account.charge(Resource.NATIVE, response.outputs().stream().mapToLong(Tensor::byteSize).sum());
            } catch (InferenceException e) {
                response.memory().release();
                onError(e);
                return;
            }
            ended(index, response, null);
            goOn();
        }

        @Override
        public void onError(InferenceException error) {
            ended(index, null, error);
            goOn();
        }
    }

    private void goOn() {
        synchronized (this) {
            if (queueing) {
                return; // that thread sees that another part may be queued
            }
            queueing = true;
        }
        queueOn();
    }

    private void ended(int part, @Nullable InferenceResponse response, @Nullable InferenceException error) {
        synchronized (this) {
            responses[part] = response;
            running--;
        }
        if (error != null) {
            fail(error);
        }
    }

    @Override
    public void cancel() {
        fail(new InferenceException(ErrorCode.CANCELLED, "the request was cancelled"));
        answerIfComplete();
    }

    /** No further part is queued, and those that are need not run. */
    private void fail(InferenceException error) {
        int dropped;
        synchronized (this) {
            if (failure != null) {
                return;
            }
            failure = error;
            dropped = next;
            next = parts.size();
        }
        for (InferenceRequest part : parts.subList(dropped, parts.size())) {
            part.memory().release();
        }
        cancellations.subList(0, dropped).forEach(LateCancellation::cancel);
    }

    private void answerIfComplete() {
        InferenceException failed;
        synchronized (this) {
            if (answered || running > 0 || next < parts.size()) {
                return;
            }
            answered = true;
            failed = failure;
        }
        InferenceResponse joined = joined();
        if (failed == null) {
            answer.onResponse(joined, true);
        } else {
            joined.memory().release();
            answer.onError(failed);
        }
    }

    private synchronized InferenceResponse joined() {
        List<InferenceResponse> all = new ArrayList<>();
        for (InferenceResponse response : responses) {
            if (response != null) {
                all.add(response);
            }
        }
        return new InferenceResponse(all.stream().flatMap(response -> response.outputs().stream()).toList(),
                all.isEmpty() ? Map.of() : all.getFirst().parameters(),
                () -> all.forEach(response -> response.memory().release()));
    }
}
