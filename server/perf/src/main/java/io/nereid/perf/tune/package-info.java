/**
 * {@code nereid tune}: looks for the instances, threads and batching with which a model serves most requests within a
 * limit of latency, by serving it under load with one setting after the other.
 *
 * <p>All of it runs on the thread of the command, but the load, whose clients have threads of their own. The server that
 * is measured is a process of its own: nothing of it may be imported here but the form of the model's configuration.
 */
@NullMarked
package io.nereid.perf.tune;

import org.jspecify.annotations.NullMarked;
