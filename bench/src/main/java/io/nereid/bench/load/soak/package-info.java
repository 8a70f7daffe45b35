/**
 * The soak: a server in a process of its own under mixed load for a long time, good clients beside clients that leave,
 * send rubbish, load and unload models; and whether its memory and threads stay where they are. May use
 * {@code io.nereid.perf} and the server process, nothing of the server itself.
 */
@NullMarked
package io.nereid.bench.load.soak;

import org.jspecify.annotations.NullMarked;
