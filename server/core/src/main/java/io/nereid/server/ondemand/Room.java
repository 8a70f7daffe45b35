package io.nereid.server.ondemand;

import java.util.List;

/** Whether there is room for a model that is to be loaded. */
sealed interface Room {
    /**
     * There is, or will be as soon as these have gone.
     *
     * @param evicted the models that go, an ensemble before the models that it needs; empty if none has to
     */
    record Now(List<String> evicted) implements Room {
        public Now {
            evicted = List.copyOf(evicted);
        }
    }

    /**
     * Not before that moment, until which models are safe that were loaded a short time ago.
     *
     * @param atNanos as the clock counts
     */
    record Later(long atNanos) implements Room {}

    /** When requests have ended, or models have gone that are going already; nobody knows when. */
    record Unknown() implements Room {}

    /**
     * Not at all: it needs more than there would be without all models that may go.
     *
     * @param mostBytes what there would be
     */
    record Never(long mostBytes) implements Room {}
}
