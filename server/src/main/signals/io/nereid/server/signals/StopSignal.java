package io.nereid.server.signals;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.NullMarked;
import sun.misc.Signal;

/**
 * Waits to be told to stop. A shutdown hook of the JVM would not do: it can neither set the exit code to 0 nor hear a
 * second signal. In a source folder and a package of its own because its use of the JDK cannot be compiled without a
 * warning.
 */
@NullMarked
public interface StopSignal {

    /** Blocks until the process is told to stop; returns by what. */
    String await() throws InterruptedException;

    /**
     * Listens from now on for SIGTERM and SIGINT.
     *
     * @param again runs, on a thread of the JVM, at every signal after the first
     */
    static StopSignal ofProcess(Runnable again) {
        CountDownLatch told = new CountDownLatch(1);
        AtomicReference<String> first = new AtomicReference<>("");
        for (String name : List.of("TERM", "INT")) {
            Signal.handle(new Signal(name), signal -> {
                if (first.compareAndSet("", "SIG" + signal.getName())) {
                    told.countDown();
                } else {
                    again.run();
                }
            });
        }
        return () -> {
            told.await();
            return first.get();
        };
    }
}
