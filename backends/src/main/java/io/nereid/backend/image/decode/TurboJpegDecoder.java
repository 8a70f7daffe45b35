package io.nereid.backend.image.decode;

import io.nereid.backend.image.binding.TurboJpeg;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Decodes JPEG by libjpeg-turbo, which is what Pillow has too. */
final class TurboJpegDecoder implements ImageDecoder {
    private static final byte[] END_OF_IMAGE = {(byte) 0xff, (byte) 0xd9};

    private final TurboJpeg library;

    TurboJpegDecoder(TurboJpeg library) {
        this.library = library;
    }

    @Override
    public ImageHeader header(MemorySegment bytes) throws InferenceException {
        JpegHeader header = JpegHeader.read(new FileBytes(ImageFormat.JPEG, bytes));
        long pixels = (long) header.width() * header.height();
        long cmyk = header.components() == 4 ? pixels * 4 : 0;
        return new ImageHeader(ImageFormat.JPEG, header.width(), header.height(), header.orientation(),
                header.workBytes() + cmyk);
    }

    @Override
    public void decode(MemorySegment bytes, ImageHeader known, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.JPEG, bytes);
        JpegHeader header = JpegHeader.read(file);
        if (header.components() != 4) {
            decode(file, header, TurboJpeg.Pixels.RGB, rgb, memory);
            return;
        }
        TensorBuffer cmyk = memory.allocate(known.pixels() * 4);
        try {
            decode(file, header, TurboJpeg.Pixels.CMYK, cmyk.segment(), memory);
            convert(cmyk.segment(), known.width(), known.height(), rgb);
        } finally {
            cmyk.release();
        }
    }

    /** As Pillow, which passes over all that the library only warns of, but for pixels that are not there. */
    private void decode(FileBytes file, JpegHeader header, TurboJpeg.Pixels pixels, MemorySegment target,
            TensorAllocator memory) throws InferenceException {
        TurboJpeg.Outcome outcome = library.decode(file.slice(0, file.size()), pixels, header.width(), header.height(),
                target);
        if (outcome instanceof TurboJpeg.Outcome.Damaged damaged) {
            if (damaged.fatal()) {
                throw file.wrong("that cannot be decoded: " + damaged.text());
            }
            if (!hasEnd(file, header)) { // of several warnings the library keeps the last
                requireOnlyEndMissing(file, header, pixels, target, memory);
            }
        }
    }

    /** Whether there is an end of the image behind its first scan, whose data never looks like one. */
    private static boolean hasEnd(FileBytes file, JpegHeader header) throws InferenceException {
        for (long at = file.size() - END_OF_IMAGE.length; at >= header.scanAt(); at--) {
            if (file.u16Big(at) == 0xffd9) {
                return true;
            }
        }
        return false;
    }

    /** Some cameras leave out the two bytes behind the last pixel. With them, the library warns of missing pixels only. */
    private void requireOnlyEndMissing(FileBytes file, JpegHeader header, TurboJpeg.Pixels pixels,
            MemorySegment target, TensorAllocator memory) throws InferenceException {
        if (header.wholeCoefficients()) {
            throw file.endsEarly();
        }
        TensorBuffer ended = memory.allocate(file.size() + END_OF_IMAGE.length);
        try {
            MemorySegment copy = ended.segment();
            copy.copyFrom(file.slice(0, file.size()));
            MemorySegment.copy(END_OF_IMAGE, 0, copy, ValueLayout.JAVA_BYTE, file.size(), END_OF_IMAGE.length);
            if (library.decode(copy, pixels, header.width(), header.height(),
                    target) instanceof TurboJpeg.Outcome.Damaged) {
                throw file.endsEarly();
            }
        } finally {
            ended.release();
        }
    }

    private static void convert(MemorySegment cmyk, int width, int height, MemorySegment rgb) {
        byte[] from = new byte[4 * width];
        byte[] to = new byte[3 * width];
        for (long y = 0; y < height; y++) {
            MemorySegment.copy(cmyk, ValueLayout.JAVA_BYTE, y * from.length, from, 0, from.length);
            Cmyk.invertedToRgb(from, width, to);
            MemorySegment.copy(to, 0, rgb, ValueLayout.JAVA_BYTE, y * to.length, to.length);
        }
    }
}
