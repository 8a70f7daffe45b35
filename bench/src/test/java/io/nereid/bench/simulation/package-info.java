/** Tests of the simulator, and by it of the tuner. */
@NullMarked
package io.nereid.bench.simulation;

import org.jspecify.annotations.NullMarked;
