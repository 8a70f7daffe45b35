/** What the onnxruntime backend adds to the bare native call. Run by JMH; imports what it measures. */
@NullMarked
package io.nereid.bench.onnxruntime;

import org.jspecify.annotations.NullMarked;
