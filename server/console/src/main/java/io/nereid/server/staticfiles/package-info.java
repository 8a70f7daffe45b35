/**
 * Files of the class path for browsers: pages, scripts, styles. Each is read once, when somebody asks for it, on a
 * virtual thread, and answered from memory on event loops from then on. It may import the HTTP front end and what that
 * may import, and neither gRPC nor the packages that use it.
 */
@NullMarked
package io.nereid.server.staticfiles;

import org.jspecify.annotations.NullMarked;
