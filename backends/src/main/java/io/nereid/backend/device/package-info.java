/**
 * What devices this machine has, asked when the server starts; the memory that other processes share on them; how busy
 * they are; and memory, streams and copies of our own on them. All of it by the driver, which is looked for at run time.
 * And the heap of the C library. Imports: the JDK, annotations, SLF4J, {@code io.nereid.backend.ranges} and
 * {@code io.nereid.inference} only.
 */
@NullMarked
package io.nereid.backend.device;

import org.jspecify.annotations.NullMarked;
