package io.nereid.perf.call;

import io.nereid.perf.json.JsonObject;

import java.io.IOException;

/**
 * Asks a server by one of its protocols. Answers are objects as the HTTP protocol has them. All methods block,
 * and throw {@link CallException} where the server answers with an error, another {@link IOException} where it cannot be
 * reached.
 */
public interface ServerCalls {
    /** Its name, version and extensions. */
    JsonObject serverMetadata() throws IOException;

    /** The inputs and outputs of a model. */
    JsonObject modelMetadata(String model) throws IOException;

    /** A model's configuration. */
    JsonObject configuration(String model) throws IOException;

    /** What it counted of a model. */
    JsonObject statistics(String model) throws IOException;

    /**
     * Has it map a region of system shared memory.
     *
     * @param region the name by which requests call it
     * @param key the name that the system has for it, with a slash in front
     */
    void registerSharedMemory(String region, String key, long byteSize) throws IOException;

    /** Has it forget the region. */
    void unregisterSharedMemory(String region) throws IOException;
}
