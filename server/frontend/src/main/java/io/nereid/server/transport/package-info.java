/**
 * What both front ends build on: event loops that keep looking at their sockets, and the TLS files, read and checked.
 * Imports Netty and the configuration, and no front end.
 */
@NullMarked
package io.nereid.server.transport;

import org.jspecify.annotations.NullMarked;
