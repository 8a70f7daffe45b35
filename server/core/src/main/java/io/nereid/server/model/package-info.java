/**
 * The models this process serves: from a repository's files to instances that run, and the way from a name to them.
 *
 * <p>Loading runs on loader threads; {@link io.nereid.server.model.ModelCatalog} is read by event loops and never
 * blocks. May not import a front end, Netty or gRPC.
 */
@NullMarked
package io.nereid.server.model;

import org.jspecify.annotations.NullMarked;
