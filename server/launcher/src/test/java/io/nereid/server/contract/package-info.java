/** One contract for every protocol: the same request gives the same answer, the same error and the same statistics. */
@NullMarked
package io.nereid.server.contract;

import org.jspecify.annotations.NullMarked;
