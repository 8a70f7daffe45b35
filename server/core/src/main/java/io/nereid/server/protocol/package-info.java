/**
 * What every protocol front end needs and none owns: requests as a client sends them, their validation against a model,
 * classification, and what an error means on the wire. Runs on event loops and never blocks. May not import Netty, gRPC
 * or a front end.
 */
@NullMarked
package io.nereid.server.protocol;

import org.jspecify.annotations.NullMarked;
