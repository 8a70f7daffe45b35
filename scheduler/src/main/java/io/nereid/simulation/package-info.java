/**
 * A simulator of one model's scheduling: the server's own queue, estimate and tuner on simulated nanoseconds, with a
 * law for how long a batch runs and a pattern in which requests come. Each run has one thread, no clock and no sleeping:
 * days of traffic pass in seconds, and the same seed gives the same result to the last digit. It may import the
 * scheduler and what that may import, and is known to nothing that serves requests.
 */
@NullMarked
package io.nereid.simulation;

import org.jspecify.annotations.NullMarked;
