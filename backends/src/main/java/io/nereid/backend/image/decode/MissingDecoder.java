package io.nereid.backend.image.decode;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;

/** Refuses files of a format that this machine cannot decode. */
final class MissingDecoder implements ImageDecoder {
    private final ImageFormat format;
    private final String library;

    MissingDecoder(ImageFormat format, String library) {
        this.format = format;
        this.library = library;
    }

    @Override
    public ImageHeader header(MemorySegment file) throws InferenceException {
        throw refusal();
    }

    @Override
    public void decode(MemorySegment file, ImageHeader header, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        throw refusal();
    }

    private InferenceException refusal() {
        return new InferenceException(ErrorCode.UNSUPPORTED, "got " + format.words()
                + ", which this server cannot decode: the machine has no " + library);
    }
}
