/**
 * What every other module shares: requests, responses, tensors, the memory that they are in, and the one error type.
 *
 * <p>Tensor memory has a kind: it comes from a {@link io.nereid.inference.TensorAllocator}, is described by
 * {@link io.nereid.inference.TensorData}, and is counted ({@link io.nereid.inference.Lease#retain}).
 *
 * <p>Values here are immutable and may be read by any thread; native memory has one owner at a time, named in the
 * contract of the method that hands it on. Imports: the JDK, JSpecify and Error Prone's annotations only.
 */
@NullMarked
package io.nereid.inference;

import org.jspecify.annotations.NullMarked;
