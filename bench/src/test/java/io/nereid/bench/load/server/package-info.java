/** Tests of what is read of a server under load; none of them starts one. */
@NullMarked
package io.nereid.bench.load.server;

import org.jspecify.annotations.NullMarked;
