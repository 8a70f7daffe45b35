package io.nereid.inference;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Remembers what became of a request, so that a test can distinguish once from twice. Thread-safe. */
public final class RecordingListener implements ResponseListener {
    private final List<Object> outcomes = new CopyOnWriteArrayList<>();
    private final CountDownLatch received = new CountDownLatch(1);

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        outcomes.add(response);
        received.countDown();
    }

    @Override
    public void onError(InferenceException error) {
        outcomes.add(error);
        received.countDown();
    }

    /** Everything received until now: responses and errors, in order. */
    public List<Object> outcomes() {
        return List.copyOf(outcomes);
    }

    /** The only outcome, waited for. */
    public Object outcome() {
        try {
            if (!received.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("no outcome within 20 seconds");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for an outcome", e);
        }
        List<Object> all = outcomes();
        if (all.size() != 1) {
            throw new AssertionError("expected one outcome, got " + all);
        }
        return all.getFirst();
    }

    /** The only outcome, an error, waited for. */
    public InferenceException error() {
        if (outcome() instanceof InferenceException error) {
            return error;
        }
        throw new AssertionError("expected an error, got " + outcomes());
    }

    /** The only outcome, a response, waited for. */
    public InferenceResponse response() {
        if (outcome() instanceof InferenceResponse response) {
            return response;
        }
        throw new AssertionError("expected a response, got " + outcomes());
    }
}
