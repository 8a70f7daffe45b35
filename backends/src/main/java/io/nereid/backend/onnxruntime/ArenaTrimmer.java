package io.nereid.backend.onnxruntime;

import io.nereid.backend.Pause;
import io.nereid.inference.InferenceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gives back the memory that instances keep of runs that took much: ONNX Runtime keeps the most that a run ever took,
 * so that a request of 100 bytes could leave gigabytes. An instance that keeps {@link #MUCH_BYTES} without using it
 * gives that back once it has been idle for {@link #IDLE_LOOKS} seconds, and if it is never idle every {@link
 * #BUSY_LOOKS} seconds, since the next run of the same size has to fetch all pages anew. Thread-safe; looks once a
 * second, on a thread of its own.
 */
final class ArenaTrimmer implements AutoCloseable {
    /** What instances may keep for good. */
    static final long MUCH_BYTES = 64L << 20;
    /** Looks without a run in between after which an instance is idle. */
    static final int IDLE_LOOKS = 5;
    /** Looks after which an instance gives memory back though it is not idle. */
    static final int BUSY_LOOKS = 30;

    private static final Logger LOG = LoggerFactory.getLogger(ArenaTrimmer.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Pause pause;
    private final Set<Watched> instances = ConcurrentHashMap.newKeySet();

    /** A trimmer that waits by {@code pause} between two looks. */
    ArenaTrimmer(Pause pause) {
        this.pause = pause;
    }

    /** Looks again and again, until it is closed. */
    void start() {
        Thread.ofPlatform().daemon().name("arena-trimmer").start(() -> {
            while (pause.sleep(BETWEEN_LOOKS)) {
                look();
            }
        });
    }

    /** The memory of an instance, as far as this class is concerned. */
    interface Instance {
        /** How many runs have begun and how many have ended, together: an odd number while one is under way. */
        long runMarks();

        /** Bytes that it keeps and does not use. */
        long keptBytes() throws InferenceException;

        /** Gives them back. */
        void shrink() throws InferenceException;
    }

    /** From now on looks after an instance, until {@link #remove}. */
    void add(Instance instance) {
        instances.add(new Watched(instance));
    }

    /** Forgets an instance; a look under way may still ask it. */
    void remove(Instance instance) {
        instances.removeIf(watched -> watched.instance.equals(instance));
    }

    /** Looks at all instances once; called by one thread at a time. */
    void look() {
        for (Watched watched : List.copyOf(instances)) {
            try {
                watched.look();
            } catch (InferenceException e) {
                instances.remove(watched);
                LOG.warn("the memory that an instance keeps could not be given back, and stays with it: {}", e.text());
            }
        }
    }

    @Override
    public void close() {
        pause.end();
    }

    /** An instance, and what the last looks have seen of it. Used by the thread that looks. */
    private static final class Watched {
        private final Instance instance;
        private long seenMarks;
        private int idleLooks;
        private int looksSinceShrunk;
        private boolean keepsMuch;

        Watched(Instance instance) {
            this.instance = instance;
        }

        /** An instance that has not run since it was found to keep little costs one comparison. */
        void look() throws InferenceException {
            long marks = instance.runMarks();
            boolean ran = marks != seenMarks || (marks & 1) != 0;
            seenMarks = marks;
            idleLooks = ran ? 0 : idleLooks + 1;
            looksSinceShrunk++;
            if (ran || keepsMuch) {
                keepsMuch = instance.keptBytes() >= MUCH_BYTES;
            }
            if (keepsMuch && (idleLooks >= IDLE_LOOKS || looksSinceShrunk >= BUSY_LOOKS)) {
                instance.shrink();
                looksSinceShrunk = 0;
                keepsMuch = false;
            }
        }
    }
}
