/**
 * The v2 inference protocol over HTTP: one endpoint class per group of routes, a router in front of them.
 *
 * <p>Endpoints run on event loops and never block; JSON that is long enough to hold a loop up is read and written on
 * {@link io.nereid.server.inference.CodecThreads} beside them. An inference's answer comes back from an instance thread and is
 * handed on before anything is written. May not import gRPC or {@code io.nereid.server.grpc}.
 */
@NullMarked
package io.nereid.server.http;

import org.jspecify.annotations.NullMarked;
