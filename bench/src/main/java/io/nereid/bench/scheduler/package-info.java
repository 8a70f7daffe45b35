/**
 * What queueing and batching cost by themselves: the real scheduler with instances that run nothing.
 */
@NullMarked
package io.nereid.bench.scheduler;

import org.jspecify.annotations.NullMarked;
