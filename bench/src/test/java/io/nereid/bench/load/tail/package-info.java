/** Tests of the tail's arithmetic and of its queue; nothing is served. */
@NullMarked
package io.nereid.bench.load.tail;

import org.jspecify.annotations.NullMarked;
