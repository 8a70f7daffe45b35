package io.nereid.perf.input;

import java.util.ArrayList;
import java.util.List;

/** Rows as they are read from files: streams of steps. Not thread-safe. */
final class InputStreams {
    private final List<List<List<InputTensor>>> streams = new ArrayList<>();
    private boolean nested;

    /** Adds a stream that is a list of its own. */
    void addStream(List<List<InputTensor>> steps) throws InputException {
        if (!streams.isEmpty() && !nested) {
            throw mixed();
        }
        if (steps.isEmpty()) {
            throw new InputException("a stream has no step (expected one or more)");
        }
        nested = true;
        streams.add(steps);
    }

    /** Adds a step to the one stream that steps outside lists are of. */
    void addStep(List<InputTensor> step) throws InputException {
        if (nested) {
            throw mixed();
        }
        if (streams.isEmpty()) {
            streams.add(new ArrayList<>());
        }
        streams.getFirst().add(step);
    }

    /** All of them, each a list of steps, which are one row of each input. */
    List<List<List<InputTensor>>> all() throws InputException {
        if (streams.isEmpty()) {
            throw new InputException("--input-data: got no step (expected one or more)");
        }
        return streams;
    }

    private static InputException mixed() {
        return new InputException("data has steps beside lists of steps (expected either)");
    }
}
