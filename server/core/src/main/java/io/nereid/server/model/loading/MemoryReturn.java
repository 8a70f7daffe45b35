package io.nereid.server.model.loading;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * Gives what nobody uses any more back to the operating system: what closed models had, and what loading took and the
 * loaded model does not need, which may be half as much again. It does so a moment after the first of them, once for all
 * that are loaded and closed meanwhile, since it costs as much for one as for a thousand. Thread-safe.
 */
final class MemoryReturn {
    private static final Duration DELAY = Duration.ofSeconds(1);

    private final Runnable trim;
    private final BiConsumer<Duration, Runnable> later;
    private final AtomicBoolean due = new AtomicBoolean();

    /**
     * @param trim gives the memory back
     * @param later runs something after a while, on a thread that may be held up
     */
    MemoryReturn(Runnable trim, BiConsumer<Duration, Runnable> later) {
        this.trim = trim;
        this.later = later;
    }

    /** The same on a thread of its own, which does not keep the process alive. */
    static MemoryReturn onOwnThread(Runnable trim) {
        return new MemoryReturn(trim,
                (delay, action) -> Thread.ofPlatform().daemon().name("memory-return").start(() -> {
                    try {
                        Thread.sleep(delay);
                    } catch (InterruptedException _) {
                        return; // nobody does
                    }
                    action.run();
                }));
    }

    /** A model has been loaded, could not be, or has been closed. */
    void modelChanged() {
        if (!due.getAndSet(true)) {
            later.accept(DELAY, () -> {
                due.set(false); // before: what changes from here on is for the next time
                trim.run();
            });
        }
    }
}
