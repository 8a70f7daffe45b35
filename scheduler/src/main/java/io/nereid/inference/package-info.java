/**
 * The words every other room shares: requests, responses, tensors, the memory they live in, and the one error type.
 *
 * <p>Values here are immutable and may be read by any thread; native memory has one owner at a time, named in the
 * contract of the method that hands it on. Imports: the JDK and JSpecify only.
 */
@NullMarked
package io.nereid.inference;

import org.jspecify.annotations.NullMarked;
