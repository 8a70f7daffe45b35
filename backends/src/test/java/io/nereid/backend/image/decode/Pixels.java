package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Decodes files into memory in which every byte is to be written. */
final class Pixels {
    private static final int MAX_PIXELS = 1_000_000;

    private Pixels() {}

    /** Red, green and blue of each pixel of a file, row by row. */
    static byte[] of(ImageDecoders decoders, byte[] file, TensorAllocator memory) throws InferenceException {
        MemorySegment bytes = TestImages.memory(file);
        ImageHeader header = decoders.header(bytes);
        if (header.pixels() > MAX_PIXELS) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "got too many pixels for a test");
        }
        MemorySegment rgb = TestImages.memory(new byte[(int) header.rgbBytes()]).fill(PoisonedMemory.POISON);
        decoders.decode(bytes, header, rgb, memory);
        return rgb.toArray(ValueLayout.JAVA_BYTE);
    }

    /** The text with which a file is refused, as it must be. */
    static String refusal(ImageDecoders decoders, byte[] file, TensorAllocator memory) {
        InferenceException error = catchThrowableOfType(InferenceException.class, () -> of(decoders, file, memory));
        assertThat(error).as("of %d bytes", file.length).isNotNull();
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(error.text()).startsWith("got ");
        return error.text();
    }
}
