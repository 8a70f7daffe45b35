/** Tests of the measurements of GPUs. */
@NullMarked
package io.nereid.bench.load.device;

import org.jspecify.annotations.NullMarked;
