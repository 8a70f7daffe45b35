/**
 * What devices this machine has, asked when the server starts; the memory that other processes share on them; and
 * how busy they are. All of it by
 * the driver, which is looked for at run time. Imports: the JDK, annotations and SLF4J only.
 */
@NullMarked
package io.nereid.backend.device;

import org.jspecify.annotations.NullMarked;
