/**
 * Load scenarios: a whole server in this process, a load generator beside it on the loopback interface, and what a
 * request cost: processor time, heap bytes, latency. Bounded in time; run by hand.
 */
@NullMarked
package io.nereid.bench.load;

import org.jspecify.annotations.NullMarked;
