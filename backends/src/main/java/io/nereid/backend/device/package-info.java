/**
 * What devices this machine has. Asked when the server starts; every answer is a value. Imports: the JDK and SLF4J only.
 */
@NullMarked
package io.nereid.backend.device;

import org.jspecify.annotations.NullMarked;
