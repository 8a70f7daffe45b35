/**
 * What the command line says about repositories, backends and instances, as records, and the flags that make them.
 *
 * <p>Leaves: no thread, no lock. May not import another package of {@link io.nereid.server.model}.
 */
@NullMarked
package io.nereid.server.model.config;

import org.jspecify.annotations.NullMarked;
