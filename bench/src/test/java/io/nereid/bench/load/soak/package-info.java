/** Tests of the soak's options and arithmetic; nothing is served. */
@NullMarked
package io.nereid.bench.load.soak;

import org.jspecify.annotations.NullMarked;
