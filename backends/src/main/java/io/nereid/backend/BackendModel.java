package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;
import io.nereid.scheduler.instance.ModelInstance;

/** A version of a model, loaded. Thread-safe: instances may be created at the same time, and at any time later. */
public interface BackendModel extends AutoCloseable {
    /**
     * Creates one instance, which the caller owns and closes before the model. Blocks, possibly for long.
     *
     * @throws InferenceException if the model cannot run there, or does not fit its configuration
     */
    ModelInstance createInstance(InstancePlacement placement) throws InferenceException;

    /**
     * {@link #createInstance(InstancePlacement)}, which ends early where it can once nobody wants the instance any more.
     *
     * @throws InferenceException as there, and when it is abandoned
     */
    default ModelInstance createInstance(InstancePlacement placement, Abandonment abandonment)
            throws InferenceException {
        return createInstance(placement);
    }

    /**
     * Whether its instances are created at the same time: each takes long without using the machine, or others wait
     * for nothing that it holds.
     */
    default boolean createsInstancesAtOnce() {
        return false;
    }

    /**
     * The kind of memory that its instances read inputs from without a copy: what requests are read into. One for all
     * of them, since a request is read before it is known which instance runs it. Inputs that come another way (a
     * program in this process, a warm-up, a small body) are in pooled host memory, which every backend takes.
     */
    default TensorData.Kind inputKind() {
        return TensorData.Kind.POOLED;
    }

    /** The GPU that memory of kind {@link #inputKind} is on; {@link TensorData#NO_DEVICE} for host memory. */
    default int inputDevice() {
        return TensorData.NO_DEVICE;
    }

    /**
     * Bytes that the model and its instances hold now, in this process, on GPUs and in processes of their own, besides
     * what requests bring; 0 where that is next to nothing, or nobody can say. Takes a millisecond at most.
     */
    default long memoryBytes() {
        return 0;
    }

    /** Gives back what the instances share; called after they are closed. */
    @Override
    void close();
}
