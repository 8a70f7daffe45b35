/** Tests of the options and of the connections that ask nothing; no server is measured. */
@NullMarked
package io.nereid.bench.load.flat;

import org.jspecify.annotations.NullMarked;
