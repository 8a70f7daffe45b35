package io.nereid.backend.image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

final class ResamplingTest {
    private final Random random = new Random(3);

    /** The weights are those of a triangle as wide as two pixels of the smaller image; by hand. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            7             | 1 | 7
            7             | 5 | 7 7 7 7 7
            0 255         | 1 | 128
            10 20         | 2 | 10 20
            0 100         | 4 | 0 25 75 100
            0 70 210 0    | 2 | 60 100
            30 60 90      | 1 | 60
            0 0 255 0 0 0 | 3 | 36 96 0
            """)
    void run_oneLine_isWeighed(String from, int to, String expected) {
        byte[] line = bytes(from);
        int count = line.length;

        assertThat(resized(grey(line), count, 1, new Window(to, 1, 0, 0, to, 1))).isEqualTo(grey(bytes(expected)));
        assertThat(resized(grey(line), 1, count, new Window(1, to, 0, 0, 1, to))).isEqualTo(grey(bytes(expected)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 33})
    void run_sameSize_changesNothing(int side) {
        byte[] image = randomImage(side, 2 * side);

        assertThat(resized(image, side, 2 * side, new Window(side, 2 * side, 0, 0, side, 2 * side))).isEqualTo(image);
    }

    @Test
    void run_oneColour_staysThatAtEverySize() {
        for (int level : new int[]{0, 1, 127, 128, 254, 255}) {
            byte[] image = new byte[3 * 13 * 7];
            Arrays.fill(image, (byte) level);
            for (int width : new int[]{1, 2, 12, 13, 14, 100}) {
                for (int height : new int[]{1, 6, 7, 8, 50}) {
                    byte[] expected = new byte[3 * width * height];
                    Arrays.fill(expected, (byte) level);
                    assertThat(resized(image, 13, 7, new Window(width, height, 0, 0, width, height)))
                            .as("%d at %dx%d", level, width, height).isEqualTo(expected);
                }
            }
        }
    }

    /** A part of a resized image is what the same part of all of it would be. */
    @Test
    void run_window_isThatPartOfTheWhole() {
        for (int i = 0; i < 300; i++) {
            int width = 1 + random.nextInt(20);
            int height = 1 + random.nextInt(20);
            byte[] image = randomImage(width, height);
            int toWidth = 1 + random.nextInt(40);
            int toHeight = 1 + random.nextInt(40);
            int left = random.nextInt(toWidth);
            int top = random.nextInt(toHeight);
            Window part = new Window(toWidth, toHeight, left, top, 1 + random.nextInt(toWidth - left),
                    1 + random.nextInt(toHeight - top));

            byte[] whole = resized(image, width, height, new Window(toWidth, toHeight, 0, 0, toWidth, toHeight));

            assertThat(resized(image, width, height, part)).as("%dx%d, %s", width, height, part)
                    .isEqualTo(part(whole, part));
        }
    }

    @Test
    void run_mirroredImage_givesTheMirroredResult() {
        for (int i = 0; i < 100; i++) {
            int width = 1 + random.nextInt(20);
            int height = 1 + random.nextInt(20);
            byte[] image = randomImage(width, height);
            Window window = new Window(1 + random.nextInt(40), 1 + random.nextInt(40), 0, 0, 0, 0);
            Window all = new Window(window.width(), window.height(), 0, 0, window.width(), window.height());

            byte[] turned = resized(image, width, height, all, 3);

            byte[] straight = resized(image, width, height, all);
            byte[] half = new byte[straight.length];
            for (int at = 0; at < half.length; at++) {
                half[at] = straight[(straight.length / 3 - 1 - at / 3) * 3 + at % 3];
            }
            assertThat(TestImages.largestDifference(turned, half)).as("%dx%d, %s", width, height, all)
                    .isLessThanOrEqualTo(1);
        }
    }

    /** Of the longest image that may be, resized to the longest that may come of it, a small part is computed. */
    @Test
    void run_middleOfAnEnormousResult_needsNoMoreThanThat() {
        byte[] image = new byte[3 * 65_535];
        Arrays.fill(image, (byte) 9);
        Size size = new Resize.ShorterSide(16_384).of(65_535, 1);
        Window middle = new Window(size.width(), size.height(), size.width() / 2, size.height() / 2, 4, 3);

        assertThat(size).isEqualTo(new Size(16_384, 1_073_725_440));
        assertThat(resized(image, 65_535, 1, middle)).hasSize(36).containsOnly(9);
    }

    private static byte[] bytes(String numbers) {
        String[] parts = numbers.strip().split(" ", -1);
        byte[] bytes = new byte[parts.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte[] grey(byte[] levels) {
        byte[] rgb = new byte[3 * levels.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = levels[i / 3];
        }
        return rgb;
    }

    private byte[] randomImage(int width, int height) {
        byte[] image = new byte[3 * width * height];
        random.nextBytes(image);
        return image;
    }

    private static byte[] part(byte[] whole, Window part) {
        byte[] rgb = new byte[3 * part.columns() * part.rows()];
        for (int y = 0; y < part.rows(); y++) {
            System.arraycopy(whole, 3 * ((part.top() + y) * part.width() + part.left()), rgb, 3 * part.columns() * y,
                    3 * part.columns());
        }
        return rgb;
    }

    private static byte[] resized(byte[] image, int width, int height, Window window) {
        return resized(image, width, height, window, 1);
    }

    private static byte[] resized(byte[] image, int width, int height, Window window, int orientation) {
        byte[] result = new byte[3 * window.columns() * window.rows()];
        boolean[] written = new boolean[window.rows()];
        Resampling.run(new PixelRows(TestImages.memory(image), width, height, orientation), window, (y, rgb) -> {
            assertThat(written[y]).as("row %d", y).isFalse();
            assertThat(y == 0 || written[y - 1]).as("a row before %d", y).isTrue();
            written[y] = true;
            System.arraycopy(rgb, 0, result, 3 * window.columns() * y, 3 * window.columns());
        });
        assertThat(written).doesNotContain(false);
        return result;
    }
}
