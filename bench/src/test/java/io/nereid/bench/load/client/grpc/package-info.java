/** Tests of the clients over gRPC; the only server is grpc-java's with answers of the test's own. */
@NullMarked
package io.nereid.bench.load.client.grpc;

import org.jspecify.annotations.NullMarked;
