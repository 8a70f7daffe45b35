/**
 * What devices this machine has, asked when the server starts; the memory that other processes share on them; and
 * how busy they are. All of it by
 * the driver, which is looked for at run time. And the heap of the C library. Imports: the JDK, annotations, SLF4J and
 * {@code io.nereid.inference} only.
 */
@NullMarked
package io.nereid.backend.device;

import org.jspecify.annotations.NullMarked;
