/**
 * gRPC over HTTP/2: calls as {@code io.grpc} has them, on the codec of Netty. A connection and its calls belong to the
 * connection's event loop; calls may be answered on any thread, which hands what it has to that loop. What was read
 * together is answered by one write, a message is read in the pieces that it came in, and large parts of an answer are
 * sent from where they lie. Imports {@code io.grpc}, Netty and {@code io.nereid.inference}; knows no method and no
 * message.
 */
@NullMarked
package io.nereid.server.grpc.http2;

import org.jspecify.annotations.NullMarked;
