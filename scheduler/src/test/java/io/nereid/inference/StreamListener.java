package io.nereid.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Receives the responses to one request, releases each, and fails at once where the contract of listeners is broken. */
public final class StreamListener implements ResponseListener {
    private final AtomicBoolean telling = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<String> breaches = new ArrayList<>();
    private final Consumer<InferenceResponse> reader;
    private int responses;
    private Object end = "";

    /** Only counts the responses. */
    public StreamListener() {
        this(_ -> {
        });
    }

    /** Shows each response to {@code reader} before it is released. */
    public StreamListener(Consumer<InferenceResponse> reader) {
        this.reader = reader;
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        receive(() -> {
            reader.accept(response);
            response.memory().release();
            responses++;
            if (last) {
                end("last");
            }
        });
    }

    @Override
    public void onEnd() {
        receive(() -> end("end"));
    }

    @Override
    public void onError(InferenceException error) {
        receive(() -> end(error));
    }

    private void receive(Runnable what) {
        if (!telling.compareAndSet(false, true)) {
            breach("notified by two threads at a time");
        }
        if (ended.getCount() == 0) {
            breach("notified after the end");
        }
        what.run();
        telling.set(false);
    }

    private void breach(String what) {
        synchronized (breaches) {
            breaches.add(what);
        }
    }

    private void end(Object how) {
        end = how;
        ended.countDown();
    }

    /** Whether it has received the end. */
    public boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** How it ended, waited for: {@code "last"}, {@code "end"}, or the error. */
    public Object end() {
        try {
            if (!ended.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("no end within 20 seconds");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for the end", e);
        }
        check();
        return end;
    }

    /** The error it ended with, waited for. */
    public InferenceException error() {
        if (end() instanceof InferenceException error) {
            return error;
        }
        throw new AssertionError("expected an error, got " + end);
    }

    /** How many responses there were until now; to be asked where nobody sends. */
    public int responses() {
        check();
        return responses;
    }

    private void check() {
        synchronized (breaches) {
            if (!breaches.isEmpty()) {
                throw new AssertionError(breaches.toString());
            }
        }
    }
}
