package io.nereid.server.signals;

import java.time.Duration;

import org.jspecify.annotations.NullMarked;

/** When the process is to stop, and how soon. */
@NullMarked
public interface StopSignal {

    /** Blocks until a signal asks the process to stop; returns its name. */
    String await() throws InterruptedException;

    /**
     * Blocks for that long, or until another signal comes. From its return on, one more ends the process
     * at once. Called once, after {@link #await}.
     *
     * @return whether another signal came
     */
    boolean awaitAgain(Duration grace) throws InterruptedException;

    /**
     * Sees to it that SIGTERM and SIGINT reach this process, though whoever started it had them ignored, as a shell has
     * SIGINT for what runs in the background. Until {@link #ofProcess} they end it at once. Called first of all.
     */
    static void heed() {
        ProcessSignals.heed();
    }

    /**
     * Listens from now on for SIGTERM and SIGINT.
     *
     * @param atOnce runs, on a thread of the JVM, at every signal after the first that does not end {@link #awaitAgain}
     */
    static StopSignal ofProcess(Runnable atOnce) {
        ProcessSignals signals = new ProcessSignals(atOnce);
        signals.listen();
        return signals;
    }
}
