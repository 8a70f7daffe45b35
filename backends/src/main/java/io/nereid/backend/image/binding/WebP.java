package io.nereid.backend.image.binding;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Decodes WebP by libwebp. Thread-safe. */
public final class WebP {
    /** The name by which the system's loader finds the library. */
    public static final String LIBRARY = "libwebp.so.7";

    private final MethodHandle decodeRgbInto;

    private WebP(CFunctions library) {
        decodeRgbInto = library.function("WebPDecodeRGBInto",
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT));
    }

    /** The library, if this machine has it. Takes some milliseconds. */
    public static Optional<WebP> find() {
        try {
            return CFunctions.find(LIBRARY).map(WebP::new);
        } catch (NoSuchElementException _) {
            return Optional.empty();
        }
    }

    /**
     * Decodes a still image, or a frame without its head, as RGB without alpha.
     *
     * @param target where its first pixel lies; gets rows of {@code stride} bytes
     * @return whether it could be decoded
     */
    public boolean decode(MemorySegment image, MemorySegment target, int stride) {
        try {
            MemorySegment decoded = (MemorySegment) decodeRgbInto.invokeExact(image, image.byteSize(), target,
                    target.byteSize(), stride);
            return decoded.address() != 0;
        } catch (Throwable e) {
            throw CFunctions.thrown(e);
        }
    }
}
