/**
 * What the server and a worker say to each other, as docs/python-worker.md has it: frames, their fields, and the
 * messages that are made of them. Runs on any thread; an object is used by one at a time. Imports:
 * {@code io.nereid.inference}, Jackson's streams and the JDK.
 */
@NullMarked
package io.nereid.backend.worker.message;

import org.jspecify.annotations.NullMarked;
