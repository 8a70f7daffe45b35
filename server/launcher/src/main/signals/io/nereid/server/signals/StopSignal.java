package io.nereid.server.signals;

import java.time.Duration;

import org.jspecify.annotations.NullMarked;

/** Tells when the process is to stop, and how soon. */
@NullMarked
public interface StopSignal {

    /** Blocks until the process is told to stop; returns by what. */
    String await() throws InterruptedException;

    /**
     * Blocks for that long, or until the process is told again. From its return on, being told once more ends the process
     * at once. Called once, after {@link #await}.
     *
     * @return whether it was told again
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
