/**
 * Model instances that are worker processes, whatever the program that they run (docs/python-worker.md): how the
 * requests of a batch go to a worker and its answers come back.
 *
 * <p>Executions run on instance threads, which write to and read from their worker themselves; what a worker asks
 * meanwhile is handled on the thread that reads its calls. Imports: the backend SPI, its own sub-packages; no backend.
 */
@NullMarked
package io.nereid.backend.worker;

import org.jspecify.annotations.NullMarked;
