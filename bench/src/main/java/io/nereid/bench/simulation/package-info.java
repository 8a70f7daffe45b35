/**
 * The commands around {@code io.nereid.simulation}: one simulation by options, the comparison of the tuner with fixed
 * settings, and the plots of docs/batching.md.
 */
@NullMarked
package io.nereid.bench.simulation;

import org.jspecify.annotations.NullMarked;
