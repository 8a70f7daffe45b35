/**
 * The server under load as a process of its own, so that its memory is its own, and what can be read of it from
 * outside: memory, processor time, the batches it ran. Nothing here makes load.
 */
@NullMarked
package io.nereid.bench.load.server;

import org.jspecify.annotations.NullMarked;
