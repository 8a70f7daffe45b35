/**
 * HTTP/1.1 connections: requests in, replies out, in order, whatever the client does.
 *
 * <p>The package knows nothing of inference: it hands an {@link io.nereid.server.http.connection.HttpExchange} to an
 * {@link io.nereid.server.http.connection.HttpHandler} and writes what the handler replies. A request's body is read
 * into one native buffer, which is charged to the connection's account in the ledger as it grows; of a large one all
 * but the first few kilobytes go from the socket straight to their place. Everything here runs on the connection's
 * event loop, which never blocks; replies may be given from any thread. Imports: Netty, {@code io.nereid.inference},
 * {@code io.nereid.server.ledger} and SLF4J only.
 */
@NullMarked
package io.nereid.server.http.connection;

import org.jspecify.annotations.NullMarked;
