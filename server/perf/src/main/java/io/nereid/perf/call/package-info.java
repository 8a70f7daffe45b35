/**
 * What is asked of a server beside requests, whatever the protocol: what it and its models are, what it counted, and that
 * it map shared memory. Blocks the thread that asks. May import {@code io.nereid.perf.json}.
 */
@NullMarked
package io.nereid.perf.call;

import org.jspecify.annotations.NullMarked;
