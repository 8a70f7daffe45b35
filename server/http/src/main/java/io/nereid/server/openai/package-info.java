/**
 * The routes of OpenAI's API on the HTTP port (docs/openai.md): the models there are, embeddings, completions and chat
 * completions, in front of the v2 protocol.
 *
 * <p>A request becomes an {@link io.nereid.server.inference.InferenceCall} as every other does, by an {@link
 * io.nereid.server.openai.OpenAiTransport}; what is specific to a route is an {@link
 * io.nereid.server.openai.OpenAiRequest}, one object for each request. Runs on event loops and on {@link
 * io.nereid.server.inference.CodecThreads}; blocks nowhere. Texts go from the body straight to tensor memory, which is
 * charged to the request. May import {@code server.http}, not the other way round, and no gRPC.
 */
@NullMarked
package io.nereid.server.openai;

import org.jspecify.annotations.NullMarked;
