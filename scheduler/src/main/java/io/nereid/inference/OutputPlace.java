package io.nereid.inference;

/**
 * Where a model may leave an output, so that nobody has to copy it: a permission, since an output in host memory is right
 * always. Immutable.
 */
public sealed interface OutputPlace {
    /** In host memory. */
    OutputPlace HOST = new Host();

    /** In host memory, as everybody reads it. */
    record Host() implements OutputPlace {}

    /**
     * In memory of a GPU that belongs to the response: whoever gets that reads it there.
     *
     * @param device the GPU's number as CUDA counts
     */
    record OnDevice(int device) implements OutputPlace {}

    /**
     * In memory that whoever asks has set aside, from its beginning on. It stays until the request is answered; what lies
     * there is undefined if the answer is an error.
     */
    record Given(TensorData memory) implements OutputPlace {
        /** Whether an output lies there. */
        public boolean holds(TensorData output) {
            return output.kind() == memory.kind() && output.device() == memory.device()
                    && output.address() == memory.address() && output.length() <= memory.length();
        }
    }
}
