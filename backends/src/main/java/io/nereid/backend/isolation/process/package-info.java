/**
 * The program that a worker process of an isolated model runs (docs/isolation.md). One thread reads questions and runs
 * the model, another reads what the server says meanwhile. Nothing of it runs in the server. Imports: the backend SPI
 * and the backends that it runs, {@code io.nereid.backend.worker.message} and {@code .posix}.
 */
@NullMarked
package io.nereid.backend.isolation.process;

import org.jspecify.annotations.NullMarked;
