package io.nereid.perf.measure;

/** Where tensors lie. */
public enum SharedMemory {
    /** In the messages. */
    NONE,
    /** In regions of system shared memory that the server has mapped as well. */
    SYSTEM
}
