/**
 * The command line: one table of flags, the parser over it, the launcher that starts a server, prints what it serves,
 * and stops it on a signal. Runs on the main thread; the signal handler runs on a thread of the JVM.
 *
 * <p>Nobody imports this package. It knows the server through {@link io.nereid.server.ServerConfig} and
 * {@link io.nereid.server.cli.StartedServer} only.
 */
@NullMarked
package io.nereid.server.cli;

import org.jspecify.annotations.NullMarked;
