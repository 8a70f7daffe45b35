/**
 * Which models and versions are loaded, and when: at start, by clients' requests, by polling, with the ensembles that
 * are made of them.
 *
 * <p>Runs on loader threads, which are virtual and may block; a model's loads and unloads come one after another.
 */
@NullMarked
package io.nereid.server.model.control;

import org.jspecify.annotations.NullMarked;
