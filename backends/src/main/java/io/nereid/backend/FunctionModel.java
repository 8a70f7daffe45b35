package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;

/**
 * A model that is a function of one request: its instances answer the requests of a batch one after the other, on any
 * thread, and a request that the function fails for fails alone. Instances and versions share nothing but the function.
 *
 * @param function called by several threads at the same time
 */
public record FunctionModel(Function function) implements BackendModel {
    /** What such a model computes. */
    @FunctionalInterface
    public interface Function {
        /**
         * The answer, whose memory is the caller's from here on. It computes, and waits for nothing.
         *
         * @param request of use until this returns
         */
        InferenceResponse of(InferenceRequest request) throws InferenceException;
    }

    @Override
    public ModelInstance createInstance(InstancePlacement placement) {
        return new Instance(placement, function);
    }

    @Override
    public void close() {
        // There is nothing that instances share.
    }

    private record Instance(InstancePlacement placement, Function function) implements ModelInstance {
        @Override
        public String name() {
            return placement.name();
        }

        @Override
        public int gpu() {
            return placement.gpu();
        }

        @Override
        public boolean runsOnAnyThread() {
            return true;
        }

        @Override
        public void execute(Batch batch) {
            batch.inputsReady();
            for (int i = 0; i < batch.size(); i++) {
                try {
                    batch.respond(i, function.of(batch.request(i)));
                } catch (InferenceException e) {
                    batch.fail(i, e);
                }
            }
        }

        @Override
        public void close() {
            // It holds nothing between executions.
        }
    }
}
