/**
 * The {@code classify} backend: logits in, the labels of the likeliest classes and their probabilities out
 * (docs/images.md). Runs on instance threads. Imports: the backend SPI, the reader of label files; no other backend.
 */
@NullMarked
package io.nereid.backend.classify;

import org.jspecify.annotations.NullMarked;
