/**
 * The load itself: when requests are sent, by which connections, and how long their answers took. Its threads are the
 * load's own. Knows bytes, statuses and time, no models and no JSON; may import
 * {@code io.nereid.perf.network} and the JDK.
 */
@NullMarked
package io.nereid.perf.client;

import org.jspecify.annotations.NullMarked;
