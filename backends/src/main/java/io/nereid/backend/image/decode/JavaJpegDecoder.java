package io.nereid.backend.image.decode;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes JPEG by the JDK's own decoder, for machines without libjpeg-turbo. It is in the module
 * java.desktop: the class may not be touched where there is none. The pixels lie on the heap meanwhile; the
 * colours may differ from libjpeg-turbo's by a few grey levels (docs/images.md).
 */
final class JavaJpegDecoder implements ImageDecoder {
    @Override
    public ImageHeader header(MemorySegment bytes) throws InferenceException {
        JpegHeader header = JpegHeader.read(new FileBytes(ImageFormat.JPEG, bytes));
        long raster = (long) header.width() * header.height() * header.components();
        if (raster > Runtime.getRuntime().maxMemory() / 4) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "got JPEG of " + header.width() + "x" + header.height()
                    + " pixels (expected fewer: without libturbojpeg.so.0 they lie on the Java heap, and may take a"
                    + " quarter of it)");
        }
        return new ImageHeader(ImageFormat.JPEG, header.width(), header.height(), header.orientation(),
                header.workBytes() + raster + bytes.byteSize());
    }

    @Override
    public void decode(MemorySegment bytes, ImageHeader known, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.JPEG, bytes);
        JpegHeader header = JpegHeader.read(file);
        Warnings warnings = new Warnings();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new SegmentStream(bytes))) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
            try {
                reader.addIIOReadWarningListener(warnings);
                reader.setInput(stream, true, true);
                Raster raster = header.components() == 3 ? reader.read(0).getRaster() : reader.readRaster(0, null);
                convert(raster, header, rgb);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) { // it throws what it likes where a file is damaged
            throw file.wrong("that cannot be decoded: " + e.getMessage());
        }
        if (warnings.endMissing && (warnings.pixelsMissing || header.wholeCoefficients())) {
            throw file.endsEarly();
        }
    }

    /** What the decoder says of a file that ends early; if only the two bytes behind the last pixel are missing too. */
    private static final class Warnings implements IIOReadWarningListener {
        private boolean endMissing;
        private boolean pixelsMissing;

        @Override
        public void warningOccurred(ImageReader source, String warning) {
            endMissing |= warning.contains("Missing EOI");
            pixelsMissing |= warning.contains("premature end");
        }
    }

    private static void convert(Raster raster, JpegHeader header, MemorySegment rgb) {
        int width = header.width();
        int bands = raster.getNumBands();
        int[] samples = new int[bands * width];
        byte[] row = new byte[3 * width];
        byte[] cmyk = new byte[bands == 4 ? 4 * width : 0];
        for (int y = 0; y < header.height(); y++) {
            raster.getPixels(0, y, width, 1, samples);
            if (bands == 4) {
                toCmyk(samples, header.adobeTransform() == JpegHeader.YCCK, cmyk);
                Cmyk.invertedToRgb(cmyk, width, row);
            } else {
                for (int i = 0; i < row.length; i++) {
                    row[i] = (byte) samples[bands == 1 ? i / 3 : i];
                }
            }
            MemorySegment.copy(row, 0, rgb, ValueLayout.JAVA_BYTE, (long) y * row.length, row.length);
        }
    }

    private static void toCmyk(int[] samples, boolean ycck, byte[] cmyk) {
        for (int i = 0; i < cmyk.length; i += 4) {
            double y = samples[i];
            double cb = samples[i + 1] - 128.0;
            double cr = samples[i + 2] - 128.0;
            cmyk[i] = (byte) (ycck ? 255 - clipped(y + 1.402 * cr) : samples[i]);
            cmyk[i + 1] = (byte) (ycck ? 255 - clipped(y - 0.344136 * cb - 0.714136 * cr) : samples[i + 1]);
            cmyk[i + 2] = (byte) (ycck ? 255 - clipped(y + 1.772 * cb) : samples[i + 2]);
            cmyk[i + 3] = (byte) samples[i + 3];
        }
    }

    private static int clipped(double value) {
        return Math.clamp(Math.round(value), 0, 255);
    }

    /** Reads memory. */
    private static final class SegmentStream extends InputStream {
        private final MemorySegment bytes;
        private long at;

        SegmentStream(MemorySegment bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read() {
            return at == bytes.byteSize() ? -1 : bytes.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            int count = (int) Math.min(length, bytes.byteSize() - at);
            if (count == 0) {
                return length == 0 ? 0 : -1;
            }
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, target, offset, count);
            at += count;
            return count;
        }
    }
}
