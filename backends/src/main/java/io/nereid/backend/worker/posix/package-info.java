/**
 * The functions of the C library for pipes between processes. Runs on any thread. Imports the JDK.
 */
@NullMarked
package io.nereid.backend.worker.posix;

import org.jspecify.annotations.NullMarked;
