/**
 * Inference as every protocol has it. A front end makes an {@link io.nereid.server.inference.InferenceCall} of each
 * request and serves it through its {@link io.nereid.server.inference.InferenceTransport}; these two and {@link
 * io.nereid.server.inference.InferenceService} are what front ends know of a call. A program in the same process has
 * {@link io.nereid.server.inference.InProcessRequest}.
 *
 * <p>Inside, {@code StatefulCall} is the one implementation: {@code RequestReading} brings it from the message to the
 * scheduler, {@code AnswerWriting} from the model to the client.
 *
 * <p>A call runs on the event loop that received its message, on {@link io.nereid.server.inference.CodecThreads}
 * where there is much to be read or written, and on the thread of the model that responds. Nothing blocks but {@link
 * io.nereid.server.inference.ResponseWindow}, in which the thread of a decoupled model waits for a slow client.
 * Imports neither {@code server.http} nor {@code server.grpc}.
 */
@NullMarked
package io.nereid.server.inference;

import org.jspecify.annotations.NullMarked;
