package io.nereid.server.sharedmemory;

/**
 * A registered part of a POSIX shared memory object.
 *
 * @param name what requests call it
 * @param key the object's name, as the client gave it
 * @param offset where in the object it begins
 * @param byteSize how long it is
 */
public record SystemRegion(String name, String key, long offset, long byteSize) implements Registration {}
