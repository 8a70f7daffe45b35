package io.nereid.perf.tune;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.List;

/**
 * What makes one trial better than another: more good answers a second, of the levels whose p99 is within the limit and
 * that have no error; where neither has such a level, the smaller p99 of its best one.
 *
 * @param maxP99Nanos {@link Long#MAX_VALUE} for no limit
 */
public record Goal(long maxP99Nanos) implements Comparator<Trial> {

    /** The level that counts: the best within the limit, or null where none is. */
    @Nullable
    Level within(List<Level> levels) {
        return levels.stream().filter(this::isMetBy).max(Comparator.comparingDouble(Level::perSecond))
                .orElse(null);
    }

    boolean isMetBy(Level level) {
        return level.isFaultless() && level.p99Nanos() <= maxP99Nanos;
    }

    /** Of two trials the better one is the larger. */
    @Override
    public int compare(Trial left, Trial right) {
        Level ofLeft = within(left.levels());
        Level ofRight = within(right.levels());
        if (ofLeft != null && ofRight != null) {
            return Double.compare(ofLeft.perSecond(), ofRight.perSecond());
        }
        if (ofLeft == null && ofRight == null) {
            return Long.compare(leastP99(right), leastP99(left));
        }
        return ofLeft == null ? -1 : 1;
    }

    private static long leastP99(Trial trial) {
        return trial.levels().stream().filter(Level::isFaultless).mapToLong(Level::p99Nanos).min()
                .orElse(Long.MAX_VALUE);
    }
}
