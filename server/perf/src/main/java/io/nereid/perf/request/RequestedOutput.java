package io.nereid.perf.request;

import java.util.Optional;

/**
 * An output that a request asks for.
 *
 * @param range where the server is to write it; into the answer if empty
 */
public record RequestedOutput(String name, Optional<MemoryRange> range) {}
