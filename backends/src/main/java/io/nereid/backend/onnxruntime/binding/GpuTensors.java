package io.nereid.backend.onnxruntime.binding;

import java.util.Set;

/**
 * What a session reads from the memory of its GPU, and what it leaves there; everything else is in the host's.
 *
 * @param inputs names of inputs
 * @param outputs names of outputs
 */
public record GpuTensors(Set<String> inputs, Set<String> outputs) {
    /** The names are copied. */
    public GpuTensors {
        inputs = Set.copyOf(inputs);
        outputs = Set.copyOf(outputs);
    }
}
