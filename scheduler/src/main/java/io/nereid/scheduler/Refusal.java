package io.nereid.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.statistics.Rejection;

/**
 * Why a queue does not take a request.
 *
 * @param reason what it counts as
 * @param error what the client receives
 */
public record Refusal(Rejection reason, InferenceException error) {}
