/** Tests of what the batching scenarios write and print; none of them makes a load. */
@NullMarked
package io.nereid.bench.load.batching;

import org.jspecify.annotations.NullMarked;
