/**
 * Runs of ONNX models on a GPU: what goes to its memory and what comes back, in one stream for each instance.
 *
 * <p>{@link io.nereid.backend.onnxruntime.gpu.DeviceCall} copies the inputs of requests from where they lie into
 * buffers that the instance keeps on the GPU, has ONNX Runtime run on them by IO binding in the same stream, copies the
 * outputs back and waits once. {@link io.nereid.backend.onnxruntime.gpu.CapturedRun} is the same for one number of rows
 * with everything in its place, so that ONNX Runtime replays a CUDA graph. {@link
 * io.nereid.backend.onnxruntime.gpu.GpuErrors} says what is missing when a GPU is full.
 *
 * <p>Everything here is used by the instance's thread, but for what is said to be asked by others. Imports: the binding,
 * {@code io.nereid.backend.device}, {@code io.nereid.inference}, the JDK and annotations; nothing that knows of models'
 * configurations. CUDA is an interface, so that all of it runs in tests without a GPU.
 */
@NullMarked
package io.nereid.backend.onnxruntime.gpu;

import org.jspecify.annotations.NullMarked;
