/**
 * SageMaker's protocol on a port of its own: {@code /ping}, {@code /invocations}, and {@code /models} of endpoints that
 * load many models (docs/sagemaker.md). Its requests for inference go to the endpoints of the v2 protocol; models are
 * loaded and unloaded by {@link io.nereid.server.model.control.ModelControl}.
 *
 * <p>Runs on event loops; what loads and unloads on virtual threads. Only the launcher knows this package; it may not
 * import gRPC, nor another platform's package.
 */
@NullMarked
package io.nereid.server.http.sagemaker;

import org.jspecify.annotations.NullMarked;
