package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;

/**
 * Decodes files of one format. Thread-safe; both methods block, the second for as long as decoding takes. The pixels
 * are those that Pillow's {@code convert("RGB")} makes (docs/images.md).
 */
interface ImageDecoder {
    /**
     * Reads the head of a file of its format.
     *
     * @throws InferenceException INVALID_ARG if it is damaged or of a kind that is not decoded
     */
    ImageHeader header(MemorySegment file) throws InferenceException;

    /**
     * Decodes the first image of a file.
     *
     * @param header of this file
     * @param rgb gets the pixels, {@link ImageHeader#rgbBytes} bytes, all of them written
     * @param memory where it allocates what it needs besides
     * @throws InferenceException INVALID_ARG if the file is damaged, UNAVAILABLE if memory is short
     */
    void decode(MemorySegment file, ImageHeader header, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException;
}
