package io.nereid.server.ensemble;

import io.nereid.inference.InferenceResponse;

import java.util.List;

/**
 * A response of an ensemble that is made, and not handed on yet.
 *
 * @param response holds {@code memory} once
 * @param memory what its outputs lie in, still charged to the ensemble
 */
record Answer(InferenceResponse response, List<HeldMemory> memory) {
    /** The response, for whoever sends it and counts it from here on. */
    InferenceResponse handOn() {
        memory.forEach(HeldMemory::uncharge);
        return response;
    }
}
