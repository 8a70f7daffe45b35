/**
 * The v2 inference protocol over HTTP: one endpoint class per group of routes, a router in front of them.
 *
 * <p>Endpoints run on event loops and never block; those that load models or ask for statistics run on virtual
 * threads. An inference request is {@code server.inference}'s, with an {@link
 * io.nereid.server.http.ExchangeTransport} that reads and writes on the connection's event loop, or on {@link
 * io.nereid.server.inference.CodecThreads} what would hold that up. May not import gRPC or {@code
 * io.nereid.server.grpc}.
 */
@NullMarked
package io.nereid.server.http;

import org.jspecify.annotations.NullMarked;
