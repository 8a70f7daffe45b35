@NullMarked
package io.nereid.backend.onnxruntime.binding;

import org.jspecify.annotations.NullMarked;
