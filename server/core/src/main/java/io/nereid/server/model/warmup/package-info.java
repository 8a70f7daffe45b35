/**
 * The requests that a model runs before it is ready, as {@code model_warmup} describes them.
 *
 * <p>Runs on the loader's thread of the version that is warmed up.
 */
@NullMarked
package io.nereid.server.model.warmup;

import org.jspecify.annotations.NullMarked;
