package gourmetgram.http;

import java.util.concurrent.Semaphore;

/** How many bytes the bodies of all requests may have together. Thread-safe. */
final class BodyBudget {
    private final Semaphore free;

    BodyBudget(int bytes) {
        free = new Semaphore(bytes);
    }

    /** Takes so many bytes, before they are allocated; false if there are not as many. */
    boolean tryTake(int bytes) {
        return free.tryAcquire(bytes);
    }

    /** Gives back what was taken. */
    void giveBack(int bytes) {
        free.release(bytes);
    }
}
