/**
 * A simulator of one model's scheduling: the server's own queue, estimate and tuner on simulated nanoseconds, with a
 * law for how long a batch runs and a pattern in which requests come. One thread, no clock, no sleeping: days of
 * traffic pass in seconds, and the same seed gives the same result to the last digit. Also the plots of
 * docs/batching.md.
 */
@NullMarked
package io.nereid.bench.simulation;

import org.jspecify.annotations.NullMarked;
