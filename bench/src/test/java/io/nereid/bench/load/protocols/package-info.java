/** Tests of the comparison of the protocols, with a server in this process. */
@NullMarked
package io.nereid.bench.load.protocols;

import org.jspecify.annotations.NullMarked;
