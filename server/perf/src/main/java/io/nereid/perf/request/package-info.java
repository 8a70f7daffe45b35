/**
 * Requests as bytes, written once before a load begins: for HTTP with their head, for gRPC as protobuf; and the regions of
 * system shared memory that their tensors lie in. No threads. May import {@code io.nereid.perf.client}, {@code .input}, {@code .call} and
 * {@code .grpc}, whose protobuf it writes.
 */
@NullMarked
package io.nereid.perf.request;

import org.jspecify.annotations.NullMarked;
