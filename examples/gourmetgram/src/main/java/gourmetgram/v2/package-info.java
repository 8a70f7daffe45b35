/**
 * A client of the v2 inference protocol, over HTTP by the JDK's client and over gRPC; nothing in it is of this server
 * alone, so that it may ask a Triton. Blocks the thread that asks; thread-safe. May not import any other package of
 * the application.
 */
@NullMarked
package gourmetgram.v2;

import org.jspecify.annotations.NullMarked;
