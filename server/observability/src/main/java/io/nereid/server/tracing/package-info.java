/**
 * Which requests are traced, and where their traces go. {@link io.nereid.server.tracing.Tracing} decides for each
 * request of a traced model, on the thread that received it; a finished {@link io.nereid.server.tracing.Trace} goes
 * to the one {@link io.nereid.server.tracing.TraceSink} there is, which never makes that thread wait. May not import
 * a front end, Netty or gRPC.
 */
@NullMarked
package io.nereid.server.tracing;

import org.jspecify.annotations.NullMarked;
