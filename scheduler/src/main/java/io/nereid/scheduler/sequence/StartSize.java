package io.nereid.scheduler.sequence;

/**
 * Requests that are waited for before anything runs at all, so that a test forms its batches without a race.
 *
 * @param inSlots requests of sequences that have a slot
 * @param inBacklog requests of sequences that wait for one
 */
public record StartSize(int inSlots, int inBacklog) {
    /** Nothing is waited for. */
    public static final StartSize NONE = new StartSize(0, 0);
}
