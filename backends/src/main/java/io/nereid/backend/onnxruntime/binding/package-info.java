/**
 * ONNX Runtime's C API for Java: as much of it as the backend uses, and nothing that knows of models' configurations.
 *
 * <p>{@link io.nereid.backend.onnxruntime.binding.OnnxRuntime} loads the library and opens its one environment; what it
 * makes owns one native object each, gives it back by {@code close} exactly once and refuses every use afterwards with
 * {@link IllegalStateException}. Every status is checked: an error is an {@link io.nereid.inference.InferenceException}
 * with ONNX Runtime's number and text. Pointers travel as {@code long}, so that a call allocates nothing on the heap.
 *
 * <p>Loading runs on the thread that loads a model, calls on instance threads; log lines arrive on ONNX Runtime's own.
 * Imports: the JDK, {@code io.nereid.inference} and SLF4J only. Nobody else touches ONNX Runtime.
 */
@NullMarked
package io.nereid.backend.onnxruntime.binding;

import org.jspecify.annotations.NullMarked;
