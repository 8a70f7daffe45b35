/**
 * How a model runs: what the server asks of a backend, and what it gives to one.
 *
 * <p>A {@link io.nereid.backend.Backend} completes configurations and loads versions of models as
 * {@link io.nereid.backend.BackendModel}; those make the instances that the scheduler's threads run. Loading, creating
 * and closing happen on threads that may block; only {@code ModelInstance.execute} runs on an instance thread.
 * Decoupled models send their responses from there, or from {@link io.nereid.backend.StreamThread}s. Imports: the JDK,
 * SLF4J, JSpecify, {@code io.nereid.inference}, {@code io.nereid.scheduler.instance} and the records of a model's
 * configuration; no backend's package.
 */
@NullMarked
package io.nereid.backend;

import org.jspecify.annotations.NullMarked;
