/**
 * Metrics that models define: {@link io.nereid.server.custommetrics.CustomMetrics} has them for all models of a server,
 * an instance of a model reaches them by {@link io.nereid.backend.ModelMetrics}, and the metrics port shows a
 * {@link io.nereid.server.custommetrics.CustomFamily copy}.
 *
 * <p>Called on the threads that read what workers ask, and on the one that makes the text of the metrics; nothing
 * blocks but for one short lock. Imports: the JDK, annotations, {@code io.nereid.backend} and
 * {@code io.nereid.inference} only.
 */
@NullMarked
package io.nereid.server.custommetrics;

import org.jspecify.annotations.NullMarked;
