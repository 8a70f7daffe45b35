package io.nereid.server.model.config;

import io.nereid.server.config.Require;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * When models are loaded and unloaded.
 *
 * @param mode who decides
 * @param pollInterval with {@link ModelControlMode#POLL}, how much time lies between two looks at the
 *     repositories; zero for never
 * @param startupModels with {@link ModelControlMode#EXPLICIT} and {@link ModelControlMode#ON_DEMAND}, the models to load at the start; {@link #EVERY_MODEL}
 *     alone for all
 * @param retries how often a version that fails to load is tried again
 * @param partialAvailability whether a model of which a version fails to load is served with the others
 * @param clientNativeCode whether load requests may bring native code, as operator libraries, into this process
 * @param onDemand with {@link ModelControlMode#ON_DEMAND}, how models are loaded
 */
public record ModelControlConfig(ModelControlMode mode, Duration pollInterval, List<String> startupModels,
        int retries, boolean partialAvailability, boolean clientNativeCode, OnDemandConfig onDemand) {
    /** Stands for all models. */
    public static final String EVERY_MODEL = "*";

    /** All models at the start, once. */
    public static final ModelControlConfig DEFAULT = new ModelControlConfig(ModelControlMode.NONE,
            Duration.ofSeconds(15), List.of(), 0, false, false, OnDemandConfig.DEFAULT);

    public ModelControlConfig {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(onDemand, "onDemand");
        startupModels = List.copyOf(startupModels);
        Require.that(!pollInterval.isNegative(), "pollInterval: got %s (expected zero or more)", pollInterval);
        Require.that(startupModels.isEmpty() || mode.isControlledByClients(),
                "startupModels: got %s with %s (expected none, or EXPLICIT or ON_DEMAND)", startupModels, mode);
        Require.that(mode != ModelControlMode.ON_DEMAND || !startupModels.contains(EVERY_MODEL),
                "startupModels: got '*' with ON_DEMAND (expected names)");
        Require.that(startupModels.size() < 2 || !startupModels.contains(EVERY_MODEL),
                "startupModels: got %s (expected '*' alone, or names)", startupModels);
        Require.that(retries >= 0, "retries: got %d (expected 0 or more)", retries);
    }

    /** Whether the repositories are looked at again and again. */
    public boolean polls() {
        return mode == ModelControlMode.POLL && pollInterval.isPositive();
    }

    /** Whether all models are to be loaded at the start. */
    public boolean loadsAll() {
        return !mode.isControlledByClients() || startupModels.contains(EVERY_MODEL);
    }

    /** In another mode, with these models at the start. */
    public ModelControlConfig withStartup(ModelControlMode newMode, List<String> models) {
        return new ModelControlConfig(newMode, pollInterval, models, retries, partialAvailability, clientNativeCode,
                onDemand);
    }

    public ModelControlConfig withPollInterval(Duration interval) {
        return new ModelControlConfig(mode, interval, startupModels, retries, partialAvailability, clientNativeCode,
                onDemand);
    }

    public ModelControlConfig withRetries(int times) {
        return new ModelControlConfig(mode, pollInterval, startupModels, times, partialAvailability, clientNativeCode,
                onDemand);
    }

    public ModelControlConfig withClientNativeCode(boolean allowed) {
        return new ModelControlConfig(mode, pollInterval, startupModels, retries, partialAvailability, allowed,
                onDemand);
    }

    public ModelControlConfig withPartialAvailability(boolean partial) {
        return new ModelControlConfig(mode, pollInterval, startupModels, retries, partial, clientNativeCode, onDemand);
    }

    public ModelControlConfig withOnDemand(OnDemandConfig newOnDemand) {
        return new ModelControlConfig(mode, pollInterval, startupModels, retries, partialAvailability, clientNativeCode,
                newOnDemand);
    }
}
