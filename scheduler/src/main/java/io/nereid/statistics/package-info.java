/**
 * Counts and durations of one model version, with the meaning Triton gives them (docs/compatibility.md).
 *
 * <p>Instance threads record, each under a lock of its own; any thread reads a consistent copy. Imports: the
 * JDK, JSpecify and Error Prone's annotations only.
 */
@NullMarked
package io.nereid.statistics;

import org.jspecify.annotations.NullMarked;
