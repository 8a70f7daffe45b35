package io.nereid.perf.request;

import io.nereid.perf.input.InputTensor;

import java.util.Optional;

/**
 * An input of a request.
 *
 * @param range where the server finds it; in the request if empty
 */
public record RequestedInput(InputTensor tensor, Optional<MemoryRange> range) {}
