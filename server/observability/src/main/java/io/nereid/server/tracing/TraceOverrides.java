package io.nereid.server.tracing;

import io.nereid.server.tracing.TraceSettingsUpdate.Change;
import org.jspecify.annotations.Nullable;

import java.util.Set;

/** Settings of one scope, a model or the server as a whole, that differ from those it falls back to. Immutable. */
record TraceOverrides(@Nullable Set<TraceLevel> levels, @Nullable Long rate, @Nullable Integer count,
        @Nullable Integer logFrequency) {
    static final TraceOverrides NONE = new TraceOverrides(null, null, null, null);

    /** What they are after a change. */
    TraceOverrides after(TraceSettingsUpdate update) {
        return new TraceOverrides(after(levels, update.levels()), after(rate, update.rate()),
                after(count, update.count()), after(logFrequency, update.logFrequency()));
    }

    private static <T> @Nullable T after(@Nullable T now, Change<T> change) {
        return switch (change) {
            case Change.Keep<T> _ -> now;
            case Change.Clear<T> _ -> null;
            case Change.Set<T>(T value) -> value;
        };
    }

    /** The settings that hold, over those they fall back to. */
    TraceSettings over(TraceSettings fallback) {
        return new TraceSettings(levels == null ? fallback.levels() : levels, rate == null ? fallback.rate() : rate,
                count == null ? fallback.count() : count,
                logFrequency == null ? fallback.logFrequency() : logFrequency);
    }

    /** Whether the scope follows its fallback in everything. */
    boolean isEmpty() {
        return equals(NONE);
    }
}
