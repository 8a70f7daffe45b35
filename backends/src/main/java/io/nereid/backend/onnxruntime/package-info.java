/**
 * The {@code onnxruntime} backend: ONNX models on CPUs and GPUs.
 *
 * <p>Loading reads what a configuration asks of ONNX Runtime ({@code SessionSettings}), opens the sessions, one per
 * instance or one for all that have a thread each, and checks the configuration against the model's signature. An instance runs a batch on the requests' own memory
 * where there is one request, else on one gathered copy, and shares rows of the outputs out among the responses. In a
 * ragged batch the model sees one dimension of all elements, and batch inputs that describe the requests' shapes; an
 * output may be shared out by those shapes. Native objects are the {@code binding} package's matter. Imports: the
 * backend SPI, that package, and {@code ModelLayout}, which knows what to say of a file that is not there; no other
 * backend.
 */
@NullMarked
package io.nereid.backend.onnxruntime;

import org.jspecify.annotations.NullMarked;
