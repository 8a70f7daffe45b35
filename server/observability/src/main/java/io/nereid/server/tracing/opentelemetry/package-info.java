/**
 * Sends traces to an OpenTelemetry collector, through OpenTelemetry's own SDK, whose threads do the sending. The one
 * package that imports it, and loaded only where that is asked for: it costs more to start than all of the server.
 */
@NullMarked
package io.nereid.server.tracing.opentelemetry;

import org.jspecify.annotations.NullMarked;
