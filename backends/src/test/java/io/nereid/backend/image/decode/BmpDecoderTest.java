package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

final class BmpDecoderTest {
    private static final ImageDecoders DECODERS = ImageDecoders.ofJava();
    private static final int SIZE = 14;
    private static final int WIDTH = 18;
    private static final int HEIGHT = 22;
    private static final int BITS = 28;
    private static final int COMPRESSION = 30;
    private static final int COLORS = 46;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);

    static Stream<String> files() {
        return TestImages.images("bmp/");
    }

    /** The rows are at the end of the file, each of them whole. */
    @ParameterizedTest
    @MethodSource("files")
    void decode_fileCutAnywhere_isRefused(String name) {
        byte[] file = TestImages.file(name);
        for (int length = 2; length < file.length; length++) {
            assertThat(Pixels.refusal(DECODERS, Arrays.copyOf(file, length), memory)).as("%d bytes", length)
                    .isEqualTo("got BMP that ends early");
        }
    }

    /** The two indices of a 2x1 image, and what the palette has there. */
    @ParameterizedTest
    @CsvSource({"1, 0x40, 0, 1", "1, 0x80, 1, 0", "4, 0x2f, 2, 15", "4, 0xf0, 15, 0"})
    void decode_fewBits_areIndicesFromTheLeft(int bits, String sample, int first, int second) throws Exception {
        byte[] palette = palette(1 << bits, 4);
        byte[] pixels = pixels(
                file(2, 1, bits, 0, palette, (byte) (int) Integer.decode(sample), (byte) 0, (byte) 0, (byte) 0));

        assertThat(pixels).containsExactly(color(first)[0], color(first)[1], color(first)[2], color(second)[0],
                color(second)[1], color(second)[2]);
    }

    /** The palette has fewer colours than indices can name: what it has not is black. */
    @Test
    void decode_shortPalette_isBlackBehindIts() throws Exception {
        byte[] file = file(4, 1, 8, 0, palette(2, 4), (byte) 1, (byte) 0, (byte) 2, (byte) 255);
        edit(file).putInt(COLORS, 2);

        assertThat(pixels(file)).containsExactly(color(1)[0], color(1)[1], color(1)[2], color(0)[0], color(0)[1],
                color(0)[2], 0, 0, 0, 0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 257, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void decode_paletteOfMoreColoursThanIndices_isReadUpToThose(int colors) throws Exception {
        byte[] file = file(1, 1, 8, 0, palette(256, 4), (byte) 255, (byte) 0, (byte) 0, (byte) 0);
        edit(file).putInt(COLORS, colors);

        assertThat(pixels(file)).isEqualTo(color(255));
    }

    /** A row of one pixel of 24 bits has a byte more, so that it has four. */
    @ParameterizedTest
    @CsvSource({"2, 4 5 6 1 2 3", "-2, 1 2 3 4 5 6"})
    void decode_height_saysWhichRowIsFirst(int height, String expected) throws Exception {
        byte[] file = file(1, height, 24, 0, new byte[0], (byte) 3, (byte) 2, (byte) 1, (byte) 99, (byte) 6, (byte) 5,
                (byte) 4, (byte) 99);

        assertThat(pixels(file)).isEqualTo(bytes(expected));
    }

    /** Pixels of 16 and 32 bits, with the masks of red, green and blue, or none. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            16 | 0x7fff     |                            | 255 255 255
            16 | 0x8000     |                            | 0 0 0
            16 | 0x7c00     |                            | 255 0 0
            16 | 0x0210     |                            | 0 131 131
            16 | 0xffff     | 0xf800 0x07e0 0x001f       | 255 255 255
            16 | 0x0400     | 0xf800 0x07e0 0x001f       | 0 129 0
            16 | 0x1234     | 0x000f 0x00f0 0x0f00       | 68 51 34
            16 | 0x8001     | 0x8000 0x0001 0x0002       | 255 255 0
            32 | 0x00010203 |                            | 1 2 3
            32 | 0xff010203 | 0x000000ff 0x0000ff00 0x00ff0000 | 3 2 1
            32 | 0xff010203 | 0xff000000 0x00ff0000 0x0000ff00 | 255 1 2
            32 | 0x80000000 | 0x80000000 0x00000001 0x00000002 | 255 0 0
            """)
    void decode_masks_arePutToAllOfAByte(int bits, String pixel, String masks, String expected) throws Exception {
        byte[] stored = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) (long) Long.decode(pixel))
                .array();
        byte[] file = masks == null ? file(1, 1, bits, 0, new byte[0], stored)
                : file(1, 1, bits, 3, masks(masks), stored);

        assertThat(pixels(file)).isEqualTo(bytes(expected));
    }

    /** In a longer head the masks lie where they lie behind a short one. */
    @ParameterizedTest
    @ValueSource(ints = {52, 56, 64, 108, 124})
    void decode_longerHeads_haveTheirMasksInside(int size) throws Exception {
        ByteBuffer rest = ByteBuffer.allocate(size - 40).put(masks("0xf800 0x07e0 0x001f"));
        byte[] file = file(1, 1, 16, 3, rest.array(), (byte) 0, (byte) 0xf8, (byte) 0, (byte) 0);
        edit(file).putInt(SIZE, size);
        assertThat(pixels(file)).isEqualTo(bytes("255 0 0"));

        ByteBuffer colors = ByteBuffer.allocate(size - 40 + 8).put(size - 40, palette(2, 4));
        byte[] indexed = file(1, 1, 1, 0, colors.array(), (byte) 0x80, (byte) 0, (byte) 0, (byte) 0);
        edit(indexed).putInt(SIZE, size);
        assertThat(pixels(indexed)).isEqualTo(color(1));
    }

    @ParameterizedTest
    @CsvSource({"0 0x07e0 0x001f, '0, 7e0 and 1f'", "0xf100 0x07e0 0x001f, 'f100, 7e0 and 1f'",
            "0x0fff 0xf000 0x001f, 'fff, f000 and 1f'"})
    void decode_impossibleMasks_areRefused(String masks, String words) {
        byte[] file = file(1, 1, 16, 3, masks(masks), new byte[4]);

        assertThat(Pixels.refusal(DECODERS, file, memory))
                .isEqualTo("got BMP whose colours have the bits " + words + " of a pixel");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            14 | 0           | with a head of 0 bytes (expected 12, or 40 and more)
            14 | 13          | with a head of 13 bytes (expected 12, or 40 and more)
            14 | 39          | with a head of 39 bytes (expected 12, or 40 and more)
            18 | 0           | of 0x1 pixels
            18 | -1          | of -1x1 pixels
            22 | 0           | of 1x0 pixels
            22 | -2147483648 | of 1x-2147483648 pixels
            30 | 1           | of compression 1 with 24 bits per pixel (expected none, or runs of 4 or 8 bits)
            30 | 2           | of compression 2 with 24 bits per pixel (expected none, or runs of 4 or 8 bits)
            30 | 3           | of compression 3 with 24 bits per pixel (expected none, or runs of 4 or 8 bits)
            30 | 4           | of compression 4 with 24 bits per pixel (expected none, or runs of 4 or 8 bits)
            30 | -1          | of compression -1 with 24 bits per pixel (expected none, or runs of 4 or 8 bits)
            10 | -1          | that ends early
            10 | 55          | that ends early
            18 | 2147483647  | of 2147483647 columns, which is too many
            """)
    void decode_headThatMakesNoSense_saysWhatItHas(int at, int value, String text) {
        byte[] file = file(1, 1, 24, 0, new byte[0], new byte[4]);
        edit(file).putInt(at, value);

        assertThat(Pixels.refusal(DECODERS, file, memory)).isEqualTo("got BMP " + text);
    }

    @Test
    void decode_everyNumberOfBits_isKnownOrRefused() throws Exception {
        for (int bits = 0; bits <= 64; bits++) {
            byte[] file = file(1, 1, 24, 0, new byte[4 * 256], new byte[8]);
            edit(file).putShort(BITS, (short) bits);
            if (Stream.of(1, 4, 8, 16, 24, 32).anyMatch(Integer.valueOf(bits)::equals)) {
                assertThat(pixels(file)).hasSize(3);
            } else {
                assertThat(Pixels.refusal(DECODERS, file, memory)).isEqualTo(
                        "got BMP of " + bits + " bits per pixel (expected 1, 4, 8, 16, 24 or 32)");
            }
        }
    }

    /** OS/2's head has numbers of 16 bits without a sign. */
    @Test
    void header_ofOs2_hasSizesUpTo65535() throws Exception {
        byte[] file = new byte[64];
        edit(file).put((byte) 'B').put((byte) 'M').putInt(10, 26).putInt(14, 12).putShort(18, (short) 65_535)
                .putShort(20, (short) 40_000).putShort(22, (short) 1).putShort(24, (short) 24);

        ImageHeader header = DECODERS.header(TestImages.memory(file));

        assertThat(header.width()).isEqualTo(65_535);
        assertThat(header.height()).isEqualTo(40_000);
        assertThat(header.workBytes()).isEqualTo(196_608 + 196_605);
    }

    /** Of 5x3 pixels, rows from below: what is in the file, and the numbers of the colours that it means. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            8 | 05 07 00 00 05 08 00 00 05 09 00 01             | 77777 88888 99999
            8 | 02 07 03 01 00 00 05 08 00 00 05 09             | 77111 88888 99999
            8 | 00 05 01 02 03 04 05 00 00 00 05 08 00 00 05 09 | 12345 88888 99999
            8 | 00 04 01 02 03 04 00 00 05 08 00 00 01 09 00 01 | 12340 88888 90000
            8 | 01 07 00 02 02 01 01 08 00 00 05 09             | 70000 00080 99999
            8 | 01 07 00 02 03 02 01 08 00 01                   | 70000 00000 00008
            8 | 00 02 01 00 04 07 00 00 00 00 02 09 00 01       | 07777 00000 99000
            8 | 00 01                                           | 00000 00000 00000
            8 | 09 07 00 00 02 01 00 07 08 08 08 08 08 08 08 00 00 02 ff ff | 77777 11888 00000
            8 | 00 00 00 02 ff 00 01 01 00 02 00 09             | 00000 00000 00000
            4 | 05 12 00 00 05 34 00 00 05 ab 00 01             | 12121 34343 ababa
            4 | 00 05 12 34 50 00 00 00 04 f0 00 00 05 ab       | 12345 f0f00 ababa
            4 | 01 12 03 34 01 50 00 00 00 03 ab c0 02 de 00 01 | 13435 abcde 00000
            """)
    void decode_runs_areTheRowsThatTheyMean(int bits, String stored, String rows) throws Exception {
        byte[] file = file(5, 3, bits, bits == 8 ? 1 : 2, palette(1 << bits, 4), hex(stored));

        byte[] pixels = pixels(file);

        String[] fromBelow = rows.split(" ");
        for (int y = 0; y < 3; y++) {
            for (int x = 0; x < 5; x++) {
                int at = 3 * (5 * (2 - y) + x);
                assertThat(Arrays.copyOfRange(pixels, at, at + 3)).as("column %d of row %d", x, y)
                        .isEqualTo(color(Character.digit(fromBelow[y].charAt(x), 16)));
            }
        }
    }

    @Test
    void decode_runsCutAnywhere_areRefused() {
        byte[] file = file(5, 3, 8, 1, palette(256, 4),
                hex("05 07 00 00 00 05 01 02 03 04 05 00 00 00 00 02 01 00 04 09"));
        for (int length = 2; length < file.length; length++) {
            assertThat(Pixels.refusal(DECODERS, Arrays.copyOf(file, length), memory)).as("%d bytes", length)
                    .isEqualTo("got BMP that ends early");
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.ofDelimiter(" ").parseHex(text);
    }

    /** Where the rows lie is for the file to say; they may lie behind anything. */
    @Test
    void decode_gapBeforeTheRows_isPassedOver() throws Exception {
        byte[] file = file(1, 1, 24, 0, new byte[9], (byte) 3, (byte) 2, (byte) 1, (byte) 0);

        assertThat(pixels(file)).containsExactly(1, 2, 3);
    }

    /** A file with Windows' head; {@code between} is what lies between that and the rows. */
    private static byte[] file(int width, int height, int bits, int compression, byte[] between, byte... rows) {
        byte[] file = new byte[54 + between.length + rows.length];
        edit(file).put((byte) 'B').put((byte) 'M').putInt(file.length).putInt(0).putInt(54 + between.length).putInt(40)
                .putInt(WIDTH, width).putInt(HEIGHT, height).putShort(26, (short) 1).putShort(BITS, (short) bits)
                .putInt(COMPRESSION, compression).position(54).put(between).put(rows);
        return file;
    }

    private static ByteBuffer edit(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] palette(int colors, int bytes) {
        byte[] palette = new byte[colors * bytes];
        for (int i = 0; i < colors; i++) {
            byte[] color = color(i);
            palette[i * bytes] = color[2];
            palette[i * bytes + 1] = color[1];
            palette[i * bytes + 2] = color[0];
        }
        return palette;
    }

    private static byte[] color(int index) {
        return new byte[]{(byte) (index + 1), (byte) (2 * index + 3), (byte) (255 - index)};
    }

    private static byte[] masks(String masks) {
        ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        for (String mask : masks.split(" ", -1)) {
            bytes.putInt((int) (long) Long.decode(mask));
        }
        return bytes.array();
    }

    private static byte[] bytes(String numbers) {
        String[] parts = numbers.split(" ", -1);
        byte[] bytes = new byte[parts.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private byte[] pixels(byte[] file) throws Exception {
        return Pixels.of(DECODERS, file, memory);
    }
}
