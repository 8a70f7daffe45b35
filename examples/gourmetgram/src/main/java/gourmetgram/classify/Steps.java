package gourmetgram.classify;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;

import java.util.ArrayList;
import java.util.List;

/** How long each part of an answer took. Of one request; not thread-safe. */
public final class Steps {
    private final NanoClock clock;
    private final List<Step> taken = new ArrayList<>();

    public Steps(NanoClock clock) {
        this.clock = clock;
    }

    /**
     * A part that is over.
     *
     * @param name for a person to read
     */
    public record Step(String name, long nanos) {}

    /**
     * What a part does.
     *
     * @param <T> its result
     */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws InferenceException, InterruptedException;
    }

    /** Does a part and notes how long it took, unless it fails. */
    public <T> T time(String name, Work<T> work) throws InferenceException, InterruptedException {
        long start = clock.nanoTime();
        T result = work.run();
        taken.add(new Step(name, clock.nanoTime() - start));
        return result;
    }

    /** The parts so far, in their order. */
    public List<Step> taken() {
        return List.copyOf(taken);
    }
}
