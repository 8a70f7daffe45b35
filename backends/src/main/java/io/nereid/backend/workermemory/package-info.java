/**
 * Tensor memory that the server and its worker processes map: one file for all of them, and which parts of it are taken.
 *
 * <p>{@link io.nereid.backend.ranges.Ranges} decides, {@link io.nereid.backend.workermemory.SharedFile} has the
 * file, {@link io.nereid.backend.workermemory.FileWorkerMemory} is what the server has of it. Any thread may allocate
 * and release; nothing blocks but the system's calls. Imports: the JDK, annotations, {@code io.nereid.backend} and
 * {@code io.nereid.inference} only.
 */
@NullMarked
package io.nereid.backend.workermemory;

import org.jspecify.annotations.NullMarked;
