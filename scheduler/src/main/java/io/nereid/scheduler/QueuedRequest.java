package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;

/**
 * A request that waits for an instance.
 *
 * @param request what to run; the scheduler owns it while it is queued
 * @param listener who hears how it ended
 * @param queuedNanos when it was queued, in nanoseconds of the scheduler's clock
 */
public record QueuedRequest(InferenceRequest request, ResponseListener listener, long queuedNanos) {}
