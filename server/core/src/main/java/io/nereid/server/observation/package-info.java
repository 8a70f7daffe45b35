/**
 * What a server reports of single requests while they are served. A front end begins an
 * {@link io.nereid.server.observation.Observation} where an observer asks for one and carries it along; where none
 * does, there is none and nothing is done. The access log and the traces implement it ({@code server.telemetry}).
 *
 * <p>Called on event loops, codec threads and threads of models; nothing here waits. May import {@code inference} only.
 */
@NullMarked
package io.nereid.server.observation;

import org.jspecify.annotations.NullMarked;
