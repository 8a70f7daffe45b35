package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.TensorData;

/** The model version that a step of an ensemble runs on. Thread-safe. */
@FunctionalInterface
public interface StepModel {
    /**
     * Starts a request. Never blocks and never throws: whatever goes wrong is the listener's error. The model owns the
     * request from here on. The listener may be called before this returns, on the caller's thread.
     *
     * @return what cancels it; the listener receives the end all the same
     */
    Cancellation start(StepRequest request, ResponseListener listener);

    /**
     * The GPU in whose memory it reads inputs as they lie; {@link TensorData#NO_DEVICE} where they have to be in host
     * memory.
     */
    default int inputDevice() {
        return TensorData.NO_DEVICE;
    }
}
