package io.nereid.server.model.control;

import io.nereid.inference.InferenceException;

import java.util.OptionalLong;

/**
 * What a client asks to unload of a model.
 *
 * @param version the one version; empty for the whole model
 * @param dependents whether the models of an ensemble go with it that were not loaded by name
 */
public record UnloadRequest(OptionalLong version, boolean dependents) {
    /** The whole model, and nothing else. */
    public static final UnloadRequest WHOLE = new UnloadRequest(OptionalLong.empty(), false);

    /**
     * Does that.
     *
     * @throws InferenceException as {@link ModelControl#unload} says
     */
    public void apply(ModelControl control, String model) throws InferenceException {
        if (version.isPresent()) {
            control.unload(model, version.getAsLong(), dependents);
        } else {
            control.unload(model, dependents);
        }
    }
}
