package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;

import java.util.Arrays;

/**
 * The rows of a BMP that is stored in runs of equal pixels (RLE8, RLE4), one after the other. Pixels that the runs leave
 * out have the first colour. Not thread-safe.
 */
final class BmpRuns {
    private static final int END_OF_ROW = 0;
    private static final int END = 1;
    private static final int MOVE = 2;

    private final FileBytes file;
    private final int bits;
    private final int width;
    /** Where the next run is. */
    private long at;
    /** The column of its first pixel. */
    private int x;
    private int rowsToSkip;
    private int rowsLeft;
    private boolean ended;

    BmpRuns(FileBytes file, BmpHeader header) {
        this.file = file;
        this.bits = header.bits();
        this.width = header.width();
        this.at = header.pixelsAt();
        this.rowsLeft = header.height();
    }

    /**
     * Reads the next row.
     *
     * @param row receives the number of a colour for each pixel
     * @throws InferenceException if the file ends before the image does
     */
    void read(byte[] row) throws InferenceException {
        Arrays.fill(row, (byte) 0);
        rowsLeft--;
        if (rowsToSkip > 0) {
            rowsToSkip--;
            return;
        }
        while (!ended && !(rowsLeft == 0 && x >= width)) { // the last row needs no end
            int count = file.u8(at);
            int value = file.u8(at + 1);
            at += 2;
            if (count > 0) {
                run(row, count, value);
            } else if (value > MOVE) {
                pixels(row, value);
            } else if (leavesRow(value)) {
                return;
            }
        }
    }

    /** The same pixel again and again; of 4 bits two in turns. */
    private void run(byte[] row, int count, int value) {
        int until = Math.min(x + count, width);
        for (int i = x; i < until; i++) {
            row[i] = (byte) (bits == 8 ? value : (i - x) % 2 == 0 ? value >> 4 : value & 15);
        }
        x = until;
    }

    /** Pixels as they are, filled up to an even number of bytes. */
    private void pixels(byte[] row, int count) throws InferenceException {
        int until = Math.min(x + count, width);
        for (int i = x; i < until; i++) {
            int value = file.u8(at + (long) (i - x) * bits / 8);
            row[i] = (byte) (bits == 8 ? value : (i - x) % 2 == 0 ? value >> 4 : value & 15);
        }
        int bytes = (count * bits + 7) / 8;
        at += bytes + bytes % 2;
        x = until;
    }

    /** What stands in the place of a run; says whether the row is complete with it. */
    private boolean leavesRow(int what) throws InferenceException {
        return switch (what) {
            case END_OF_ROW -> {
                x = 0;
                yield true;
            }
            case END -> {
                ended = true;
                yield true;
            }
            default -> moved();
        };
    }

    /** Goes to the right, and on to later rows; says whether to any. */
    private boolean moved() throws InferenceException {
        x = Math.min(x + file.u8(at), width);
        int rows = file.u8(at + 1);
        at += 2;
        rowsToSkip = Math.max(0, rows - 1);
        return rows > 0;
    }
}
