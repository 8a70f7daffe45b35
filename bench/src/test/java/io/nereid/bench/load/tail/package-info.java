/** Tests of the tail's arithmetic; nothing is served. */
@NullMarked
package io.nereid.bench.load.tail;

import org.jspecify.annotations.NullMarked;
