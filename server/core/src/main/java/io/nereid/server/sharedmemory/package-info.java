/**
 * Memory that clients share with the server instead of sending tensors: POSIX objects and GPU memory, registered by
 * name over any protocol (docs/compatibility.md). Runs on the threads of front ends, many at a time, and holds no lock
 * while it copies. Imports no front end.
 */
@NullMarked
package io.nereid.server.sharedmemory;

import org.jspecify.annotations.NullMarked;
