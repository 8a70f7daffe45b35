/**
 * What all configuration records have in common. Imports the JDK only, and no other package of the server.
 *
 * <p>A configuration record lies in the package of what it configures, is immutable, and refuses what cannot work with
 * an {@link java.lang.IllegalArgumentException} that names the component, what it got and what it expected. Threads:
 * any.
 */
@NullMarked
package io.nereid.server.config;

import org.jspecify.annotations.NullMarked;
