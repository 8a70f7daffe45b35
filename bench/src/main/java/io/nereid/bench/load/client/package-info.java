/**
 * The load itself: clients with blocking sockets, each its own connection, in a closed loop on a thread each or in an
 * open loop on a virtual thread each, and what they saw. Knows bytes and statuses, no models. May not import anything
 * of the server.
 */
@NullMarked
package io.nereid.bench.load.client;

import org.jspecify.annotations.NullMarked;
