/**
 * What is noted of single requests while they are served, for the access log and for traces. A front end begins an
 * {@link io.nereid.server.observation.Observation} when anybody asks for one and carries it along; where nobody does, there
 * is none and nothing is done. Called on event loops, codec threads and threads of models; nothing here waits. May not
 * import a front end, Netty or gRPC.
 */
@NullMarked
package io.nereid.server.observation;

import org.jspecify.annotations.NullMarked;
