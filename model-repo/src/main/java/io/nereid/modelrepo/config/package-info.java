/**
 * What a model is: the text of {@code config.pbtxt} becomes an immutable {@link
 * io.nereid.modelrepo.config.ModelConfig}.
 *
 * <p>The way of a file: {@code ConfigTextParser} reads the text into a tree and collects every problem with its place
 * ({@code ConfigJsonParser} does the same for the JSON form that a load request carries);
 * {@code BackendAutofill} and {@code ConfigNormalizer} fill in what the file leaves out; {@code ConfigValidator} checks
 * the rest. {@code ModelConfigParser} runs these steps, {@code ModelConfigCompletion} the ones that need the backend.
 *
 * <p>This package runs on the start-up path, on whichever thread loads a model. It has no state. What fields there are
 * is protobuf's descriptors of {@code model_config.proto} ({@code Schema}); protobuf's text and JSON parsers are not
 * used: they stop at the first problem, and judge some texts otherwise than Triton (docs/decisions/0009). The tests
 * validate this package against them. Nothing here may import the repository, the lifecycle, the scheduler or a network
 * library.
 */
@NullMarked
package io.nereid.modelrepo.config;

import org.jspecify.annotations.NullMarked;
