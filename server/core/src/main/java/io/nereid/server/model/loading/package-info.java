/**
 * From one version's files to instances that run and a scheduler that gives them work, for models and for ensembles.
 *
 * <p>Runs on loader threads, which are virtual and may block. Does not know which versions of which models are wanted:
 * that is {@link io.nereid.server.model.control}.
 */
@NullMarked
package io.nereid.server.model.loading;

import org.jspecify.annotations.NullMarked;
