package io.nereid.perf.tune;

import java.util.List;

/**
 * Settings that were served under load.
 *
 * @param levels by ascending concurrency; empty if the model could not be loaded so
 */
public record Trial(Settings settings, List<Level> levels) {
    public Trial {
        levels = List.copyOf(levels);
    }
}
