/**
 * The way of every inference request, whichever door it came in by: it is let in, held against its model, and queued; what
 * it holds until its answer has gone is in one place. Runs on the caller's thread and blocks nowhere but in
 * {@link io.nereid.server.inference.ResponseWindow}, where the thread of a decoupled model waits for a slow client. Imports neither
 * {@code server.http} nor {@code server.grpc}.
 */
@NullMarked
package io.nereid.server.inference;

import org.jspecify.annotations.NullMarked;
