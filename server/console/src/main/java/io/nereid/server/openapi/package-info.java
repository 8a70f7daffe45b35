/**
 * The OpenAPI description of the v2 protocol with the schemas of the models that are loaded, and the page that shows it.
 * Its handlers run on event loops and answer from what is in memory. It may import the HTTP front end and what that may
 * import, and neither gRPC nor the console.
 */
@NullMarked
package io.nereid.server.openapi;

import org.jspecify.annotations.NullMarked;
