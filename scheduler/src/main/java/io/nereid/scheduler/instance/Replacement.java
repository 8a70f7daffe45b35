package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import io.nereid.scheduler.Alarm;

/**
 * How an instance that is gone is replaced.
 *
 * @param source makes the new one
 * @param alarm goes off when the next attempt is due
 */
public record Replacement(Source source, Alarm alarm) {
    /** Makes an instance in the place of one that is gone. */
    @FunctionalInterface
    public interface Source {
        /**
         * A new instance, ready to run, on the same device and under the same name. Called on the instance's thread,
         * which has closed the one that is gone; blocks for as long as that takes.
         *
         * @throws InferenceException if it cannot be made now; the next attempt may succeed
         */
        ModelInstance create() throws InferenceException;

        /**
         * No instance is wanted any more: {@link #create} ends early where it can, from here on. On any thread; returns at
         * once.
         */
        default void abandon() {}
    }
}
