/**
 * The {@code python} backend: models whose code is a {@code model.py}, each instance in a process of its own
 * (docs/python-worker.md).
 *
 * <p>Executions run on instance threads, which write to and read from their worker themselves; what a worker asks
 * meanwhile is handled on the thread that reads its calls, and on virtual threads where that may block. Imports: the
 * backend SPI, {@code io.nereid.backend.worker} and Jackson's streams; no other backend.
 */
@NullMarked
package io.nereid.backend.python;

import org.jspecify.annotations.NullMarked;
