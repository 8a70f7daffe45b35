/**
 * Calls of one model as text that runs when it is copied: curl, Python, Java, gRPC. Pure functions of a model's
 * signature and configuration; they run on whatever thread asks. It may import the protocol's records and the
 * configuration, and neither Netty nor a front end.
 */
@NullMarked
package io.nereid.server.console.calls;

import org.jspecify.annotations.NullMarked;
