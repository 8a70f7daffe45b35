/** Tests of what the load scenarios read and write; none of them makes a load. */
@NullMarked
package io.nereid.bench.load;

import org.jspecify.annotations.NullMarked;
