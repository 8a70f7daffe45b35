/**
 * Models whose instances run in processes of their own, so that none of them can end the server: the server's side
 * (docs/isolation.md). It puts a worker in the place of each instance of a backend that runs models in the process.
 *
 * <p>Executions run on instance threads, which write to and read from their worker themselves; loading on loader
 * threads. Imports: the backend SPI, {@code io.nereid.backend.worker} and, for the place of its library,
 * {@code io.nereid.backend.onnxruntime}.
 */
@NullMarked
package io.nereid.backend.isolation;

import org.jspecify.annotations.NullMarked;
