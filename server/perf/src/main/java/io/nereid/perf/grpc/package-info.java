/**
 * The load over gRPC, on HTTP/2 frames of its own: messages that are bytes made beforehand, and answers of which only
 * the status, the length and, in a stream, the beginning is read. The calls of some senders share a connection, as those
 * of the usual clients do. Runs on the load's threads, questions on the thread that asks. May import
 * {@code io.nereid.perf.client}, {@code .call},
 * {@code .json}, {@code .network} and the JDK.
 */
@NullMarked
package io.nereid.perf.grpc;

import org.jspecify.annotations.NullMarked;
