package io.nereid.server.ensemble;

import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request of an ensemble to the model of a step.
 *
 * @param request what the model is asked
 * @param ownBytes bytes of the inputs in host memory that another step made; charged already
 * @param times where it is noted when what happens to the request
 * @param trace the trace of the request to the ensemble; null where that is not traced
 */
public record StepRequest(ClientRequest request, long ownBytes, RequestTimes times, @Nullable RequestTrace trace) {}
