/**
 * Measurements: levels of load, how long to measure each until its figures hold still, and what came out. Runs on the
 * thread that asked. May import {@code io.nereid.perf.client}.
 */
@NullMarked
package io.nereid.perf.measure;

import org.jspecify.annotations.NullMarked;
