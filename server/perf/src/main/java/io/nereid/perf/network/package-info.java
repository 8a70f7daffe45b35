/**
 * How a server is reached: in the clear, or by TLS. What blocks says so; a {@link io.nereid.perf.network.TlsChannel} is
 * its load thread's. May import the JDK only.
 */
@NullMarked
package io.nereid.perf.network;

import org.jspecify.annotations.NullMarked;
