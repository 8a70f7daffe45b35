/**
 * The messages of inference as bytes: tensors go from the pieces of a message straight into tensor memory, and from
 * tensor memory straight into the frames of an answer. What the messages look like is in {@code grpc_service.proto}.
 * Runs on gRPC's event loops, on instance threads and on threads beside them; nothing blocks. Imports neither gRPC
 * nor Netty.
 */
@NullMarked
package io.nereid.server.grpc.codec;

import org.jspecify.annotations.NullMarked;
