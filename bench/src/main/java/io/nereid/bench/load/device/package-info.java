/**
 * What {@code bench/gpu/run} measures with: a server that runs already, and the bare sessions that it is held against,
 * on a GPU or on the CPU. Each prints a line of JSON for every measurement.
 */
@NullMarked
package io.nereid.bench.load.device;

import org.jspecify.annotations.NullMarked;
