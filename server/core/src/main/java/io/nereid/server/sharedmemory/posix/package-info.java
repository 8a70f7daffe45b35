/**
 * POSIX shared memory by the C library: objects are opened by name, and read and written through their descriptor,
 * never mapped: the owner of an object may truncate it at any time, which in a mapping is a SIGBUS and here is a short
 * count. Runs on the caller's thread. Imports the JDK only.
 */
@NullMarked
package io.nereid.server.sharedmemory.posix;

import org.jspecify.annotations.NullMarked;
