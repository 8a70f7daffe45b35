package io.nereid.backend;

import io.nereid.statistics.ModelStatistics;

/**
 * Where one instance of a model runs.
 *
 * @param name the instance's name in logs, {@code <group>_<index>}, with {@code _gpu<id>} behind it on a GPU
 * @param kind what kind of place
 * @param deviceId the GPU's number as CUDA counts; 0 elsewhere
 * @param threads processors the instance should use, unless the model's configuration says how many
 * @param passive whether it is only kept, and gets no work
 */
public record InstancePlacement(String name, Kind kind, int deviceId, int threads, boolean passive) {
    /** The GPU's number as CUDA counts; {@link ModelStatistics#NO_GPU} elsewhere. */
    public int gpu() {
        return kind == Kind.GPU ? deviceId : ModelStatistics.NO_GPU;
    }

    /** Kinds of places. */
    public enum Kind {
        /** The CPU. */
        CPU,
        /** One GPU. */
        GPU,
        /** Where the model itself wants. */
        MODEL
    }
}
