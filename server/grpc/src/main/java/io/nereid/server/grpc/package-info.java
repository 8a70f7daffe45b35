/**
 * The v2 protocol over gRPC, on port 8001: inference one by one and in streams, the calls of the control plane,
 * health, reflection. {@code server.grpc.http2} speaks HTTP/2; inference messages are read and written by {@code
 * server.grpc.codec}, and what happens in between is {@code server.inference}'s. Calls run on gRPC's event loops and
 * never block; what is long is read and written on codec threads; a short answer is written by the model's thread,
 * since gRPC takes it on any. Imports nothing of {@code server.http}.
 */
@NullMarked
package io.nereid.server.grpc;

import org.jspecify.annotations.NullMarked;
