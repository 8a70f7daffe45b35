package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Decodes PNG row by row, so that it holds two rows besides the pixels. Of an animated one the still image counts. */
final class PngDecoder implements ImageDecoder {
    private static final int[][] WHOLE = {{0, 0, 1, 1}};
    /** First column and row, and the distance of columns and rows, of each pass. */
    private static final int[][] ADAM7 = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4},
            {1, 0, 2, 2}, {0, 1, 1, 2}};
    private static final int MAX_PALETTE = 3 << 8;

    @Override
    public ImageHeader header(MemorySegment bytes) throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.PNG, bytes);
        PngHeader header = PngHeader.read(file);
        if (header.rowBytes(header.width()) > Integer.MAX_VALUE / 2 || header.width() > Integer.MAX_VALUE / 8) {
            throw file.wrong("of " + header.width() + " columns, which is too many");
        }
        long rows = 2 * header.rowBytes(header.width()) + 3L * header.width();
        return new ImageHeader(ImageFormat.PNG, header.width(), header.height(), orientation(file), rows);
    }

    /** Where it is said at all, it is mostly said before the image data, behind which nothing is looked for. */
    private static int orientation(FileBytes file) throws InferenceException {
        long chunk = PngHeader.SIGNATURE_BYTES;
        while (chunk + 8 <= file.size() && !file.has(chunk + 4, "IDAT")) {
            if (file.has(chunk + 4, "eXIf")) {
                return ExifOrientation.read(file, chunk + 8);
            }
            chunk += 12 + file.u32Big(chunk);
        }
        return ExifOrientation.AS_STORED;
    }

    @Override
    public void decode(MemorySegment bytes, ImageHeader known, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.PNG, bytes);
        PngHeader header = PngHeader.read(file);
        byte[] palette = {};
        long chunk = PngHeader.SIGNATURE_BYTES;
        while (!file.has(chunk + 4, "IDAT")) {
            long length = file.u32Big(chunk);
            if (header.colorType() == PngHeader.PALETTE && file.has(chunk + 4, "PLTE")) {
                palette = palette(file, chunk, length);
            } else if (file.has(chunk + 4, "IEND")) {
                throw file.wrong("that has no IDAT chunk");
            }
            chunk += 12 + length;
        }
        if (header.colorType() == PngHeader.PALETTE && palette.length == 0) {
            throw file.wrong("that has no PLTE chunk");
        }
        try (PngRows rows = new PngRows(file, header, chunk)) {
            PngPixels pixels = new PngPixels(header, palette);
            for (int[] pass : header.interlaced() ? ADAM7 : WHOLE) {
                decode(header, pass, rows, pixels, rgb);
            }
        }
    }

    private static byte[] palette(FileBytes file, long chunk, long length) throws InferenceException {
        if (length > MAX_PALETTE) {
            throw file.wrong("whose PLTE chunk has " + length + " bytes (expected at most " + MAX_PALETTE + ")");
        }
        PngHeader.requireChecksum(file, chunk, "PLTE");
        return file.slice(chunk + 8, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private static void decode(PngHeader header, int[] pass, PngRows rows, PngPixels pixels, MemorySegment rgb)
            throws InferenceException {
        int columns = (header.width() - pass[0] + pass[2] - 1) / pass[2];
        if (columns == 0) {
            return;
        }
        byte[] row = new byte[3 * columns];
        rows.beginPass();
        for (long y = pass[1]; y < header.height(); y += pass[3]) {
            pixels.convert(rows.next((int) header.rowBytes(columns)), columns, row);
            long start = (y * header.width() + pass[0]) * 3;
            if (pass[2] == 1) {
                MemorySegment.copy(row, 0, rgb, ValueLayout.JAVA_BYTE, start, row.length);
            } else {
                scatter(row, rgb, start, 3L * pass[2]);
            }
        }
    }

    private static void scatter(byte[] row, MemorySegment rgb, long start, long distance) {
        for (int x = 0; x < row.length / 3; x++) {
            MemorySegment.copy(row, 3 * x, rgb, ValueLayout.JAVA_BYTE, start + x * distance, 3);
        }
    }
}
