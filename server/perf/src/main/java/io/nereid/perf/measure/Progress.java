package io.nereid.perf.measure;

/** Is told how a measurement goes, about once a second; on the measuring thread. */
@FunctionalInterface
public interface Progress {
    /**
     * Another part was measured.
     *
     * @param window the number of the window it is in, from 1; 0 in the warm-up
     */
    void onSlice(LoadLevel level, int window, Slice slice);
}
