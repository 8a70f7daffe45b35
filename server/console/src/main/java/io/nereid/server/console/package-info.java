/**
 * The console: pages in the browser that show what the server does, and the small endpoint that they ask once a second.
 * It answers under {@code /console} on the HTTP port and hands every other request on. Its handlers run on event loops
 * and answer from what is in memory; what takes longer runs on virtual threads. Without a viewer it costs nothing. It
 * may import the HTTP front end and what that may import, and not gRPC.
 */
@NullMarked
package io.nereid.server.console;

import org.jspecify.annotations.NullMarked;
