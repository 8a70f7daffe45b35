package io.nereid.backend;

import io.nereid.scheduler.instance.ModelInstance;

import java.util.function.Function;

/**
 * A model whose instances share nothing.
 *
 * @param instances makes one, which is its caller's; called on any thread
 */
public record IndependentInstances(Function<InstancePlacement, ModelInstance> instances) implements BackendModel {
    @Override
    public ModelInstance createInstance(InstancePlacement placement) {
        return instances.apply(placement);
    }

    @Override
    public void close() {
        // There is nothing that instances share.
    }
}
