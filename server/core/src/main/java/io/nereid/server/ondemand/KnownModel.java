package io.nereid.server.ondemand;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A model that may be loaded, and where it is. Its fields are guarded by the lock of {@link OnDemandModels}, but those
 * that are volatile, which are only written under it.
 */
final class KnownModel {
    /** Where a model is. */
    enum Place {
        /** Not in memory. */
        ABSENT,
        /** It is being loaded, or loaded again. */
        LOADING,
        LOADED,
        /** Out of service; its last requests end. */
        LEAVING
    }

    final String name;
    volatile ModelSketch sketch;
    /** All models that it is made of, also through other ensembles. */
    Set<String> steps = Set.of();
    volatile Place place = Place.ABSENT;
    /** What it holds, as far as is known: measured, or the size of its files. */
    volatile long bytes;
    volatile boolean measured;
    long measuredNanos;
    volatile boolean kept;
    long loadedNanos;
    /** Written by whoever asks it, without the lock. */
    volatile long usedNanos;
    /** The load that it waits for or that is under way; null for none. */
    @Nullable
    PendingLoad load;
    /** The load that it has left for; null for none. */
    @Nullable
    PendingLoad leftFor;
    final Set<WaitingRequest> waiting = new LinkedHashSet<>();
    /** Why its last load has failed; null if it has not. */
    volatile @Nullable LoadFailure failure;

    KnownModel(ModelSketch sketch) {
        this.name = sketch.name();
        this.sketch = sketch;
        this.bytes = sketch.fileBytes();
        this.kept = sketch.keep();
    }

    /** It was to leave and does not. */
    void stay() {
        place = Place.LOADED;
        leftFor = null;
    }
}
