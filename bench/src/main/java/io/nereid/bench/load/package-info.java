/**
 * Load scenarios: a whole server, in this process or beside it, a load by wrk or by {@code io.nereid.perf} on the
 * loopback interface, and what a request cost: processor time, heap bytes, latency. Bounded in time; run by hand.
 */
@NullMarked
package io.nereid.bench.load;

import org.jspecify.annotations.NullMarked;
