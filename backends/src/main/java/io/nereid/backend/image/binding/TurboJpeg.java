package io.nereid.backend.image.binding;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Decodes JPEG by libjpeg-turbo. Thread-safe: each call has a decoder of its own. */
public final class TurboJpeg {
    /** The name by which the system's loader finds the library; versions 2 and 3 of libjpeg-turbo both have it. */
    public static final String LIBRARY = "libturbojpeg.so.0";

    private static final int WARNING = 0;
    private static final int LONGEST_TEXT = 256;
    /** Refuses files of so many passes that decoding one takes minutes. */
    private static final int LIMIT_SCANS = 32_768;

    private final MethodHandle init;
    private final MethodHandle decompress;
    private final MethodHandle errorText;
    private final MethodHandle errorCode;
    private final MethodHandle destroy;

    private TurboJpeg(CFunctions library) {
        init = library.function("tjInitDecompress", FunctionDescriptor.of(ADDRESS));
        decompress = library.function("tjDecompress2", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG,
                ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        errorText = library.function("tjGetErrorStr2", FunctionDescriptor.of(ADDRESS, ADDRESS));
        errorCode = library.function("tjGetErrorCode", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        destroy = library.function("tjDestroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    /** The library, if this machine has it. Takes some milliseconds. */
    public static Optional<TurboJpeg> find() {
        try {
            return CFunctions.find(LIBRARY).map(TurboJpeg::new);
        } catch (NoSuchElementException _) { // older than 2.0
            return Optional.empty();
        }
    }

    /** What pixels are made of. */
    public enum Pixels {
        /** Red, green, blue. */
        RGB(0, 3),
        /** As it is stored, which is inverted by Adobe's custom. */
        CMYK(11, 4);

        private final int format;
        private final int bytes;

        Pixels(int format, int bytes) {
            this.format = format;
            this.bytes = bytes;
        }
    }

    /** How decoding ended. */
    public sealed interface Outcome {
        /** Every pixel is written. */
        record Decoded() implements Outcome {}

        /**
         * Something is wrong with the file, in the library's words.
         *
         * @param fatal whether there are no pixels; else they are there, and the library has only warned
         */
        record Damaged(String text, boolean fatal) implements Outcome {}
    }

    /**
     * Decodes a file into rows without gaps.
     *
     * @param pixels RGB for a file of one or three components, CMYK for one of four
     * @param target gets the pixels: {@code width * height} of them
     */
    public Outcome decode(MemorySegment file, Pixels pixels, int width, int height, MemorySegment target) {
        if (target.byteSize() != (long) width * height * pixels.bytes) {
            throw new IllegalArgumentException("target: " + target.byteSize() + " bytes for " + width + "x" + height);
        }
        try {
            MemorySegment decoder = (MemorySegment) init.invokeExact();
            if (decoder.address() == 0) {
                return new Outcome.Damaged("out of memory", true);
            }
            try {
                int status = (int) decompress.invokeExact(decoder, file, file.byteSize(), target, width,
                        width * pixels.bytes, height, pixels.format, LIMIT_SCANS);
                return status == 0 ? new Outcome.Decoded() : damaged(decoder);
            } finally {
                int _ = (int) destroy.invokeExact(decoder);
            }
        } catch (Throwable e) {
            throw CFunctions.thrown(e);
        }
    }

    private Outcome.Damaged damaged(MemorySegment decoder) throws Throwable {
        MemorySegment text = (MemorySegment) errorText.invokeExact(decoder);
        int code = (int) errorCode.invokeExact(decoder);
        return new Outcome.Damaged(text.reinterpret(LONGEST_TEXT).getString(0), code != WARNING);
    }
}
