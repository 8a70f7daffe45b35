package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Decodes BMP row by row: as it is, or in runs. */
final class BmpDecoder implements ImageDecoder {
    @Override
    public ImageHeader header(MemorySegment bytes) throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.BMP, bytes);
        BmpHeader header = BmpHeader.read(file);
        if (header.rowBytes() > Integer.MAX_VALUE / 4) {
            throw file.wrong("of " + header.width() + " columns, which is too many");
        }
        return new ImageHeader(ImageFormat.BMP, header.width(), header.height(), ExifOrientation.AS_STORED,
                header.rowBytes() + (header.inRuns() ? 4L : 3L) * header.width());
    }

    @Override
    public void decode(MemorySegment bytes, ImageHeader known, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.BMP, bytes);
        BmpHeader header = BmpHeader.read(file);
        byte[] palette = header.bits() <= 8 ? palette(file, header) : new byte[0];
        byte[] samples = new byte[(int) header.rowBytes()];
        byte[] row = new byte[3 * header.width()];
        byte[] numbers = new byte[header.inRuns() ? header.width() : 0];
        BmpRuns runs = new BmpRuns(file, header);
        for (int i = 0; i < header.height(); i++) {
            if (header.inRuns()) {
                runs.read(numbers);
                paletted(numbers, 8, palette, row);
            } else {
                MemorySegment stored = file.slice(header.pixelsAt() + i * header.rowBytes(), header.rowBytes());
                MemorySegment.copy(stored, ValueLayout.JAVA_BYTE, 0, samples, 0, samples.length);
                colors(samples, header, palette, row);
            }
            long y = header.topDown() ? i : header.height() - 1L - i;
            MemorySegment.copy(row, 0, rgb, ValueLayout.JAVA_BYTE, y * row.length, row.length);
        }
    }

    private static void colors(byte[] samples, BmpHeader header, byte[] palette, byte[] row) {
        switch (header.bits()) {
            case 16, 32 -> masked(samples, header, row);
            case 24 -> reversed(samples, row);
            default -> paletted(samples, header.bits(), palette, row);
        }
    }

    /** RGB for each index; what is missing is black. */
    private static byte[] palette(FileBytes file, BmpHeader header) throws InferenceException {
        byte[] palette = new byte[3 << 8];
        for (int i = 0; i < header.colors(); i++) {
            long at = header.colorsAt() + (long) i * header.colorBytes();
            palette[3 * i] = (byte) file.u8(at + 2);
            palette[3 * i + 1] = (byte) file.u8(at + 1);
            palette[3 * i + 2] = (byte) file.u8(at);
        }
        return palette;
    }

    private static void paletted(byte[] samples, int bits, byte[] palette, byte[] row) {
        for (int x = 0; x < row.length / 3; x++) {
            long bit = (long) x * bits;
            int shift = 8 - bits - (int) (bit & 7);
            int value = ((samples[(int) (bit >> 3)] & 0xff) >> shift) & ((1 << bits) - 1);
            System.arraycopy(palette, 3 * value, row, 3 * x, 3);
        }
    }

    private static void reversed(byte[] samples, byte[] row) {
        for (int i = 0; i < row.length; i += 3) {
            row[i] = samples[i + 2];
            row[i + 1] = samples[i + 1];
            row[i + 2] = samples[i];
        }
    }

    private static void masked(byte[] samples, BmpHeader header, byte[] row) {
        int bytes = header.bits() / 8;
        BmpHeader.Masks masks = header.masks();
        for (int x = 0; x < row.length / 3; x++) {
            int pixel = (samples[bytes * x] & 0xff) | ((samples[bytes * x + 1] & 0xff) << 8);
            if (bytes == 4) {
                pixel |= ((samples[4 * x + 2] & 0xff) << 16) | (samples[4 * x + 3] << 24);
            }
            row[3 * x] = scaled(pixel, masks.red());
            row[3 * x + 1] = scaled(pixel, masks.green());
            row[3 * x + 2] = scaled(pixel, masks.blue());
        }
    }

    /** The bits of a mask, spread over 0 to 255. */
    private static byte scaled(int pixel, int mask) {
        int shift = Integer.numberOfTrailingZeros(mask);
        return (byte) (((pixel & mask) >>> shift) * 255 / (mask >>> shift));
    }
}
