package io.nereid.backend.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A decoded image as it is meant to be seen: turned, where that is asked for, while it is read.
 *
 * @param rgb the pixels as they are stored, row by row
 * @param storedWidth columns as stored
 * @param storedHeight rows as stored
 * @param orientation as EXIF counts: 1 as stored, 2 mirrored, 3 turned by half, 4 upside down, 5 to 8 with rows for
 *     columns
 */
record PixelRows(MemorySegment rgb, int storedWidth, int storedHeight, int orientation) {
    private boolean transposed() {
        return orientation >= 5;
    }

    int width() {
        return transposed() ? storedHeight : storedWidth;
    }

    int height() {
        return transposed() ? storedWidth : storedHeight;
    }

    /** Reads row {@code y} into the first bytes of {@code row}. */
    void read(int y, byte[] row) {
        if (orientation == 1) {
            long bytes = 3L * storedWidth;
            MemorySegment.copy(rgb, ValueLayout.JAVA_BYTE, y * bytes, row, 0, (int) bytes);
            return;
        }
        for (int x = 0; x < width(); x++) {
            MemorySegment.copy(rgb, ValueLayout.JAVA_BYTE, 3 * stored(x, y), row, 3 * x, 3);
        }
    }

    /** Which stored pixel is seen there. */
    private long stored(int x, int y) {
        int right = storedWidth - 1;
        int bottom = storedHeight - 1;
        return switch (orientation) {
            case 2 -> index(right - x, y);
            case 3 -> index(right - x, bottom - y);
            case 4 -> index(x, bottom - y);
            case 5 -> index(y, x);
            case 6 -> index(y, bottom - x);
            case 7 -> index(right - y, bottom - x);
            case 8 -> index(right - y, x);
            default -> index(x, y);
        };
    }

    private long index(int column, int row) {
        return (long) row * storedWidth + column;
    }
}
