package io.nereid.server.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gives listeners what became of their requests in the order in which these came: an answer that is there at once waits
 * for those before it. For models that answer by one response. Thread-safe; listeners are called without the lock, one
 * after the other.
 */
final class ReplyOrder {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ArrayDeque<Place> places = new ArrayDeque<>();
    /** Whether a thread gives answers; it goes on with what becomes due meanwhile. */
    @GuardedBy("lock")
    private boolean giving;

    /** A request has come; called in the order that is to be kept. */
    Place add(ResponseListener listener) {
        Place place = new Place(listener);
        lock.lock();
        try {
            places.addLast(place);
        } finally {
            lock.unlock();
        }
        return place;
    }

    /** The end of one request is known: gives it, and those behind it that waited for it, when it is their turn. */
    private void settle(Place place, Runnable reply) {
        lock.lock();
        try {
            place.reply = reply;
            if (giving) {
                return;
            }
            giving = true;
        } finally {
            lock.unlock();
        }
        for (Runnable due = nextDue(); due != null; due = nextDue()) {
            due.run();
        }
    }

    private @Nullable Runnable nextDue() {
        lock.lock();
        try {
            Place oldest = places.peekFirst();
            Runnable due = oldest == null ? null : oldest.reply;
            if (due == null) {
                giving = false;
            } else {
                places.removeFirst();
            }
            return due;
        } finally {
            lock.unlock();
        }
    }

    /** The place of one request, which listens for it. */
    final class Place implements ResponseListener {
        private final ResponseListener listener;
        /** Gives the listener what became of the request; null while that is not known. Written once. */
        private volatile @Nullable Runnable reply;

        private Place(ResponseListener listener) {
            this.listener = listener;
        }

        /** The request was never taken: nobody is notified, and nobody waits for it. */
        void withdraw() {
            settle(this, () -> {
            });
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            settle(this, () -> listener.onResponse(response, last));
        }

        @Override
        public void onEnd() {
            settle(this, listener::onEnd);
        }

        @Override
        public void onError(InferenceException error) {
            settle(this, () -> listener.onError(error));
        }
    }
}
