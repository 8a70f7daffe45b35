/**
 * Whether a request costs the same however many models a server has and however many clients are connected that ask
 * nothing: processor time of servers in processes of their own. May use {@code io.nereid.perf} and the server process,
 * nothing of the server itself.
 */
@NullMarked
package io.nereid.bench.load.flat;

import org.jspecify.annotations.NullMarked;
