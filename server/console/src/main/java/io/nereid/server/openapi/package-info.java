/**
 * The OpenAPI description of the v2 protocol with the schemas of the models that are loaded, and the page that shows it.
 * Its handlers run on event loops; the description is written by a virtual thread for each request, which waits for a
 * slow client and holds no model meanwhile. It may import the HTTP front end and what that may import, and neither gRPC
 * nor the console.
 */
@NullMarked
package io.nereid.server.openapi;

import org.jspecify.annotations.NullMarked;
