package io.nereid.scheduler.instance;

/**
 * The instances of one model version at one moment, without the passive ones.
 *
 * @param working those that run requests
 * @param starting those that are being made in the place of one that is gone
 * @param waiting those that are gone and whose next attempt to replace them is due later, or never
 * @param gone how many instances were gone until now, those replaced included
 * @param replaced how many instances were made in the place of one that was gone
 * @param crashLoop what is to be said of one that is gone again and again; empty while none is
 */
public record InstanceCounts(int working, int starting, int waiting, long gone, long replaced, String crashLoop) {
    /** Instances of which none is gone again and again. */
    public InstanceCounts(int working, int starting, int waiting, long gone, long replaced) {
        this(working, starting, waiting, gone, replaced, "");
    }

    /** Whether a request can be run now. */
    public boolean isWorking() {
        return working > 0;
    }
}
