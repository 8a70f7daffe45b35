/**
 * The load over gRPC: clients in a closed loop, which run on the event loops of their channels and send bytes made
 * beforehand. No message becomes an object, so that the clients take as little as they can of the processors that they
 * share with the server. May not import anything of the server.
 */
@NullMarked
package io.nereid.bench.load.client.grpc;

import org.jspecify.annotations.NullMarked;
