/** A batch for benchmarks that run an instance without its thread: only this package may fill one. */
@NullMarked
package io.nereid.scheduler.instance;

import org.jspecify.annotations.NullMarked;
