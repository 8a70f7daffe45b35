package io.nereid.server.ensemble;

/**
 * What a step runs on.
 *
 * @param model its model version
 * @param limit how many of its requests may be under way, of all requests to the ensemble
 */
record EnsembleStep(StepModel model, StepLimit limit) {}
