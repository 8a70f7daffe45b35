/**
 * What names the food on a photograph: the ONNX model in this process, a model server, or a prediction service. Called
 * on the thread of a request, a virtual one, and blocks it; thread-safe. May import the server, to have it in this
 * process, and {@code gourmetgram.v2}; no web server.
 */
@NullMarked
package gourmetgram.classify;

import org.jspecify.annotations.NullMarked;
