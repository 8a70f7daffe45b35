package io.nereid.server.openai;

import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;

import java.time.InstantSource;

/**
 * What all requests need.
 *
 * @param limits how large the parts of a request may be that are kept on the heap
 * @param shared the memory that clients share with the server, which no request of these routes names
 * @param clock the time of day
 */
record OpenAiContext(RequestLimits limits, SharedMemory shared, InstantSource clock) {}
