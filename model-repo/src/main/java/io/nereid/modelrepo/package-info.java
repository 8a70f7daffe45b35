/**
 * Where models are: directories with a {@code config.pbtxt} and numbered versions, in one or several stores.
 *
 * <p>{@link io.nereid.modelrepo.ModelRepository} lists the models of its {@link io.nereid.modelrepo.ModelStore}s and
 * reads one when it is asked to. It reads the disk on the thread of its caller. Names of models come from the listing
 * of the disk and never become paths by themselves, so no client can name a file outside. Nothing here may import the
 * lifecycle, the scheduler or a network library.
 */
@NullMarked
package io.nereid.modelrepo;

import org.jspecify.annotations.NullMarked;
