/**
 * Vertex AI's protocol on a port of its own: two paths, of which one is for health and the other takes every request
 * (docs/vertex-ai.md). Its requests go to the endpoints of the v2 protocol.
 *
 * <p>Runs on event loops. Only the launcher knows this package; it may not import gRPC, nor another platform's package.
 */
@NullMarked
package io.nereid.server.http.vertexai;

import org.jspecify.annotations.NullMarked;
