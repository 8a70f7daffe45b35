/**
 * What the scheduler learns from the executions it sees, and what follows from it: how long a batch of so many rows
 * runs, when a request that arrives now would be answered, and which batch size keeps a latency target.
 *
 * <p>Everything here is pure arithmetic over nanoseconds that the caller gives: no clock, no lock, no thread, and no
 * heap allocation after construction. {@link io.nereid.scheduler.BatchScheduler} calls it under its lock. Imports: the
 * JDK and JSpecify only.
 */
@NullMarked
package io.nereid.scheduler.tuning;

import org.jspecify.annotations.NullMarked;
