package io.nereid.backend.image.decode;

import io.nereid.backend.image.binding.TurboJpeg;
import io.nereid.backend.image.binding.WebP;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Decodes images, each format by what this machine has for it. Thread-safe; every method blocks for as long as it
 * computes.
 */
public final class ImageDecoders {
    private final ImageDecoder jpeg;
    private final ImageDecoder webP;
    private final ImageDecoder png = new PngDecoder();
    private final ImageDecoder bmp = new BmpDecoder();
    private final String description;

    private ImageDecoders(Optional<TurboJpeg> turboJpeg, Optional<WebP> libWebP) {
        boolean javaJpeg = ModuleLayer.boot().findModule("java.desktop").isPresent(); // a small runtime may lack it
        if (turboJpeg.isPresent()) {
            jpeg = new TurboJpegDecoder(turboJpeg.get());
        } else {
            jpeg = javaJpeg ? new JavaJpegDecoder() : new MissingDecoder(ImageFormat.JPEG, TurboJpeg.LIBRARY);
        }
        webP = libWebP.isPresent() ? new WebPDecoder(libWebP.get())
                : new MissingDecoder(ImageFormat.WEBP, WebP.LIBRARY);
        description = "JPEG by " + (turboJpeg.isPresent() ? "libjpeg-turbo"
                : javaJpeg ? "Java, since there is no " + TurboJpeg.LIBRARY : "nothing: no " + TurboJpeg.LIBRARY)
                + ", WebP by " + (libWebP.isPresent() ? "libwebp" : "nothing: no " + WebP.LIBRARY);
    }

    /** With the libraries of this machine. Takes some milliseconds. */
    public static ImageDecoders ofThisMachine() {
        return new ImageDecoders(TurboJpeg.find(), WebP.find());
    }

    /** With what comes with Java alone. */
    static ImageDecoders ofJava() {
        return new ImageDecoders(Optional.empty(), Optional.empty());
    }

    /** What JPEG and WebP are decoded by, for people. */
    public String description() {
        return description;
    }

    /**
     * Reads the head of a file, and allocates nothing.
     *
     * @throws InferenceException INVALID_ARG if it is no image or a damaged one, UNSUPPORTED if this machine has
     *     nothing to decode it by. The text begins with {@code got} and says what it is
     */
    public ImageHeader header(MemorySegment file) throws InferenceException {
        ImageFormat format = ImageFormat.of(file);
        if (format == null) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "got " + FoundInstead.in(file)
                    + " (expected a file in JPEG, PNG, WebP or BMP, as it is or in base64)");
        }
        return decoder(format).header(file);
    }

    /**
     * Decodes the first image of a file.
     *
     * @param header of this file
     * @param rgb gets the pixels row by row, red, green and blue of each: {@link ImageHeader#rgbBytes} bytes
     * @param memory where it allocates what it needs besides
     * @throws InferenceException INVALID_ARG if the file is damaged, UNAVAILABLE if memory is short; the text likewise
     */
    public void decode(MemorySegment file, ImageHeader header, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        decoder(header.format()).decode(file, header, rgb, memory);
    }

    private ImageDecoder decoder(ImageFormat format) {
        return switch (format) {
            case JPEG -> jpeg;
            case PNG -> png;
            case WEBP -> webP;
            case BMP -> bmp;
        };
    }
}
