/**
 * Inference requests and responses in the form HTTP carries them: JSON, binary tensors behind it, and the flat JSON
 * of the generate endpoints.
 *
 * <p>Numbers go straight between the text and tensor memory: no tree, no boxing, no heap allocation that grows with the
 * payload. What does go to the heap, names and parameters, is limited while it is scanned. It runs on the event loop
 * that received the request or, where there is much to read or write, on a codec thread, and blocks nowhere; the
 * readers hold no state between requests and may be shared. Netty's {@code ByteBuf} is what responses are written to;
 * nothing else of Netty is used here, and neither channels nor handlers may be imported.
 */
@NullMarked
package io.nereid.server.http.codec;

import org.jspecify.annotations.NullMarked;
