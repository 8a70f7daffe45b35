package io.nereid.server.sharedmemory;

/**
 * A registered piece of GPU memory.
 *
 * @param name what requests call it
 * @param deviceId the GPU's number, as CUDA counts
 * @param byteSize how long it is
 */
public record CudaRegion(String name, long deviceId, long byteSize) implements Registration {}
