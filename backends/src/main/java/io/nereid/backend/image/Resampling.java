package io.nereid.backend.image;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Resizes an image as Pillow does by its bilinear filter: each row first, rounded to 8 bits, then the columns. Of the
 * resized image only the part that is asked for is computed, and rows go out as soon as they are complete: besides
 * these, it holds a row of the image and the sums of the rows under way. Not thread-safe.
 */
final class Resampling {
    private static final int HALF = 1 << (Taps.PRECISION_BITS - 1);

    private final PixelRows image;
    private final Taps columns;
    private final Taps rows;
    private final Sink sink;
    private final byte[] row;
    private final byte[] narrow;
    /** The sums of the rows that have begun and are not complete, in their order. */
    private final ArrayDeque<int[]> sums = new ArrayDeque<>();
    private final ArrayDeque<int[]> spare = new ArrayDeque<>();
    /** The first row that is not complete. */
    private int firstOpen;

    /** What takes the rows of the result. */
    @FunctionalInterface
    interface Sink {
        /** Row {@code y}; {@code rgb} is of use during the call only. */
        void row(int y, byte[] rgb);
    }

    private Resampling(PixelRows image, Taps columns, Taps rows, Sink sink) {
        this.image = image;
        this.columns = columns;
        this.rows = rows;
        this.sink = sink;
        this.row = new byte[3 * image.width()];
        this.narrow = new byte[3 * columns.count()];
    }

    /** Resizes {@code image}; the rows of {@code window} go to {@code sink}, in their order. */
    static void run(PixelRows image, Window window, Sink sink) {
        Taps columns = Taps.of(image.width(), window.width(), window.left(), window.columns());
        Taps rows = Taps.of(image.height(), window.height(), window.top(), window.rows());
        new Resampling(image, columns, rows, sink).run();
    }

    private void run() {
        int begun = 0;
        int last = rows.end(rows.count() - 1);
        for (int y = rows.start(0); y < last; y++) {
            image.read(y, row);
            narrow();
            while (begun < rows.count() && rows.start(begun) <= y) {
                sums.addLast(newSum());
                begun++;
            }
            add(y);
        }
    }

    private int[] newSum() {
        int[] sum = spare.isEmpty() ? new int[narrow.length] : spare.removeLast();
        Arrays.fill(sum, HALF);
        return sum;
    }

    /** Makes a row of the resized width of the row. */
    private void narrow() {
        for (int x = 0; x < columns.count(); x++) {
            int[] weights = columns.weights(x);
            int red = HALF;
            int green = HALF;
            int blue = HALF;
            int at = 3 * columns.start(x);
            for (int weight : weights) {
                red += weight * (row[at] & 0xff);
                green += weight * (row[at + 1] & 0xff);
                blue += weight * (row[at + 2] & 0xff);
                at += 3;
            }
            narrow[3 * x] = rounded(red);
            narrow[3 * x + 1] = rounded(green);
            narrow[3 * x + 2] = rounded(blue);
        }
    }

    /** Adds the row to the sums of all rows that it is a part of. */
    private void add(int y) {
        int index = firstOpen;
        for (int[] sum : sums) {
            int weight = rows.weights(index)[y - rows.start(index)];
            for (int i = 0; i < sum.length; i++) {
                sum[i] += weight * (narrow[i] & 0xff);
            }
            index++;
        }
        while (!sums.isEmpty() && rows.end(firstOpen) <= y + 1) {
            int[] complete = sums.removeFirst();
            for (int i = 0; i < complete.length; i++) {
                narrow[i] = rounded(complete[i]);
            }
            sink.row(firstOpen, narrow);
            firstOpen++;
            spare.addLast(complete);
        }
    }

    private static byte rounded(int sum) {
        return (byte) Math.clamp(sum >> Taps.PRECISION_BITS, 0, 255);
    }
}
