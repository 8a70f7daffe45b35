/**
 * The {@code image} backend: encoded images in, tensors out (docs/images.md).
 *
 * <p>Instances run on their threads and hand each image to {@code DecodeThreads}, of which there are as many as
 * processors for all image models of the process. {@code DecodeMemory} bounds what they hold at one time; the pixels
 * themselves come from the server's tensor memory. Imports: the backend SPI and the decoders; no other backend.
 */
@NullMarked
package io.nereid.backend.image;

import org.jspecify.annotations.NullMarked;
