/**
 * Servers in processes of their own, started to be measured. Blocks the thread that starts, asks and stops them. May import
 * {@code io.nereid.perf.http} to ask whether they are ready; nothing of a server.
 */
@NullMarked
package io.nereid.perf.process;

import org.jspecify.annotations.NullMarked;
