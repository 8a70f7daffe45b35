package io.nereid.scheduler.instance;

/**
 * The instances of one model version at one moment, without the passive ones.
 *
 * @param working those that run requests
 * @param starting those that are being made in the place of one that is gone
 * @param waiting those that are gone and whose next attempt to replace them is due later, or never
 * @param gone how many instances were gone until now, those replaced included
 * @param replaced how many instances were made in the place of one that was gone
 */
public record InstanceCounts(int working, int starting, int waiting, long gone, long replaced) {
    /** Whether a request can be run now. */
    public boolean isWorking() {
        return working > 0;
    }
}
