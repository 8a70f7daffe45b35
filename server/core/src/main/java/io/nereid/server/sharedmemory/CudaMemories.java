package io.nereid.server.sharedmemory;

import io.nereid.inference.InferenceException;

/** Opens GPU memory of other processes. Thread-safe; may take a second. */
@FunctionalInterface
interface CudaMemories {
    /**
     * Opens what a client registers.
     *
     * @param rawHandle what the client's driver gave out for the memory; its length is not checked yet
     * @throws InferenceException INVALID_ARG if there are no GPUs, or the handle, the device or the size cannot be
     */
    ClientMemory open(CudaRegion region, byte[] rawHandle) throws InferenceException;
}
