/**
 * A worker as a process: its start, its two channels, its output and its end. Threads of this package read what
 * a worker asks and what it prints, one each for a worker; the work channel is used by the thread that owns it. Imports:
 * {@code .message}, {@code .posix}, {@code io.nereid.inference}, SLF4J and the JDK.
 */
@NullMarked
package io.nereid.backend.worker.process;

import org.jspecify.annotations.NullMarked;
