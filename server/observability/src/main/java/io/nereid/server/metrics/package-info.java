/**
 * What the server reports to Prometheus: families of samples as text, made of what the other packages have counted
 * (docs/metrics.md).
 *
 * <p>{@link io.nereid.server.metrics.Metrics} is asked on virtual threads and may take some milliseconds; it takes the
 * locks of models and gates for one copy each. Nothing here runs between two questions. May not import a front end,
 * Netty or gRPC.
 */
@NullMarked
package io.nereid.server.metrics;

import org.jspecify.annotations.NullMarked;
