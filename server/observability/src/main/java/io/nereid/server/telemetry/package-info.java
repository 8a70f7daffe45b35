/**
 * What is reported of single requests beside their answers: an {@link io.nereid.server.observation.Observers} that
 * writes the access log and traces, and keeps the slowest requests of the models that somebody looks at.
 *
 * <p>Called on event loops, codec threads and threads of models; nothing here waits. May not import a front end,
 * Netty or gRPC.
 */
@NullMarked
package io.nereid.server.telemetry;

import org.jspecify.annotations.NullMarked;
