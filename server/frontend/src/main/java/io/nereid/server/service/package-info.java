/**
 * What the front ends serve, put together in one value, and the services beside inference that both protocols offer.
 *
 * <p>Everything here is called on event loops unless it says that it blocks. May not import a front end, Netty or gRPC.
 */
@NullMarked
package io.nereid.server.service;

import org.jspecify.annotations.NullMarked;
