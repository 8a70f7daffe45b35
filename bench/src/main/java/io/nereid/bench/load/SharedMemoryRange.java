package io.nereid.bench.load;

/**
 * Where a tensor lies in shared memory.
 *
 * @param region the name the server knows it by
 * @param offset of the tensor, in bytes
 * @param byteSize of the tensor
 */
public record SharedMemoryRange(String region, long offset, long byteSize) {
    /** The members of a tensor's {@code parameters}. */
    String toJson() {
        return "\"shared_memory_region\":\"%s\",\"shared_memory_offset\":%d,\"shared_memory_byte_size\":%d"
                .formatted(region, offset, byteSize);
    }
}
