/**
 * Ensembles: a request to one is answered by requests to the models that it is made of.
 *
 * <p>{@link io.nereid.server.ensemble.EnsembleGraph}, {@link io.nereid.server.ensemble.EnsembleCheck}, {@link
 * io.nereid.server.ensemble.Selection} and {@link io.nereid.server.ensemble.BatchBridge} are values and functions;
 * {@link io.nereid.server.ensemble.EnsembleRun} is one request under way. It has no thread of its own but one for the
 * answer of a decoupled ensemble: what a step's end makes possible is started on the thread that ended the step, without
 * a lock, and never from within another start. May not import {@code server.model}, {@code server.inference}, a front end
 * or a backend: a step is a {@link io.nereid.server.ensemble.StepModel}.
 */
@NullMarked
package io.nereid.server.ensemble;

import org.jspecify.annotations.NullMarked;
