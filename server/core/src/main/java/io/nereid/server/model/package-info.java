/**
 * The models this process serves, and the way from a name to one of them.
 *
 * <p>{@link io.nereid.server.model.ModelCatalog} is read by event loops and never blocks. May not import a front end,
 * Netty or gRPC, nor the packages below, which bring the models here: {@code config}, {@code warmup}, {@code loading}
 * and {@code control}.
 */
@NullMarked
package io.nereid.server.model;

import org.jspecify.annotations.NullMarked;
