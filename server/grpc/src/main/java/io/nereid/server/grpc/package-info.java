/**
 * The v2 protocol over gRPC, on port 8001: inference one by one and in streams, the calls of the control plane, health,
 * reflection. gRPC's library speaks HTTP/2; inference messages are read and written by {@code server.grpc.codec}. Calls run
 * on gRPC's event loops and never block; what is long is read and written on codec threads; answers are written by the
 * thread that made them. Imports nothing of {@code server.http}.
 */
@NullMarked
package io.nereid.server.grpc;

import org.jspecify.annotations.NullMarked;
