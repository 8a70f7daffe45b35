package io.nereid.server.sharedmemory;

/** What a client said when it registered a region. */
sealed interface Registration permits SystemRegion, CudaRegion {
    String name();

    long byteSize();
}
