package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

final class PngDecoderTest {
    private static final ImageDecoders DECODERS = ImageDecoders.ofJava();
    /** Which bit depths each colour type has. */
    private static final Map<Integer, Set<Integer>> DEPTHS = Map.of(0, Set.of(1, 2, 4, 8, 16), 2, Set.of(8, 16), 3,
            Set.of(1, 2, 4, 8), 4, Set.of(8, 16), 6, Set.of(8, 16));
    /** Two rows of two grey pixels, as they are. */
    private static final byte[] ROWS = PngFile.deflated(new byte[]{0, 10, 20, 0, 30, 40});
    private static final byte[] GREYS = {10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40};
    /** The end of the compressed data, of its chunk and of the file, without which all rows may be there. */
    private static final int TAIL = 4 + 4 + 12 + 4;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);

    static Stream<String> files() {
        return TestImages.images("png/");
    }

    /** Adam7's passes have no rows, or no columns, in images of fewer than eight. */
    @ParameterizedTest
    @CsvSource({"0, 1", "0, 2", "0, 4", "0, 8", "0, 16", "2, 8", "2, 16", "3, 1", "3, 2", "3, 4", "3, 8", "4, 8",
            "4, 16", "6, 8", "6, 16"})
    void decode_everySizeUpToNine_givesItsPixels(int color, int depth) throws Exception {
        Random random = new Random(31L * color + depth);
        for (int width = 1; width <= 9; width++) {
            for (int height = 1; height <= 9; height++) {
                for (boolean interlaced : new boolean[]{false, true}) {
                    PngSamples image = new PngSamples(random, width, height, depth, color, interlaced);
                    assertThat(pixels(image.file(random))).as("%dx%d, interlaced: %s", width, height, interlaced)
                            .isEqualTo(image.rgb());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void decode_fileCutAnywhere_isRefusedOrHasAllItsPixels(String name) throws Exception {
        byte[] file = TestImages.file(name);
        byte[] expected = TestImages.pixels(name);
        for (int length = 0; length < file.length; length++) {
            byte[] part = Arrays.copyOf(file, length);
            if (length <= file.length - TAIL) {
                assertThat(Pixels.refusal(DECODERS, part, memory)).isNotEmpty();
            } else {
                assertRefusedOrEqual(part, expected);
            }
        }
    }

    private void assertRefusedOrEqual(byte[] file, byte[] expected) {
        try {
            assertThat(pixels(file)).isEqualTo(expected);
        } catch (InferenceException e) {
            assertThat(e.text()).isEqualTo("got PNG that ends early");
        }
    }

    @Test
    void header_depthsAndColourTypes_areThoseOfTheFormat() throws Exception {
        for (int color = 0; color < 8; color++) {
            for (int depth = 0; depth < 256; depth++) {
                byte[] file = new PngFile().head(2, 2, depth, color, 0).bytes();
                if (DEPTHS.getOrDefault(color, Set.of()).contains(depth)) {
                    assertThat(header(file).pixels()).isEqualTo(4);
                } else {
                    assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> header(file))
                            .withMessage("got PNG of bit depth " + depth + ", colour type " + color
                                    + " and interlace method 0, which the format does not have");
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 0", "255, 0, 0", "0, 1, 0", "0, 0, 2", "0, 0, 255"})
    void header_methodsTheFormatDoesNotHave_areRefused(int compression, int filter, int interlace) {
        byte[] file = new PngFile().head(2, 2, 8, 0, compression, filter, interlace).chunk("IDAT", ROWS).end().bytes();

        assertThat(Pixels.refusal(DECODERS, file, memory)).endsWith("which the format does not have");
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0x1", "1, 0, 1x0", "-1, 1, 4294967295x1", "1, -2147483648, 1x2147483648"})
    void header_sizeTheFormatDoesNotHave_isRefused(int width, int height, String size) {
        byte[] file = new PngFile().head(width, height, 8, 0, 0).bytes();

        assertThat(Pixels.refusal(DECODERS, file, memory)).isEqualTo("got PNG of " + size + " pixels");
    }

    /** Rows are held as a whole, in arrays, whose length is a number of 31 bits. */
    @Test
    void header_rowsLongerThanAnArray_areRefusedBeforeAnythingIsAllocated() {
        byte[] file = new PngFile().head(Integer.MAX_VALUE, 1, 16, 6, 0).bytes();

        assertThat(Pixels.refusal(DECODERS, file, memory))
                .isEqualTo("got PNG of 2147483647 columns, which is too many");
    }

    @Test
    void header_workBytes_areTwoRowsAndTheirPixels() throws Exception {
        assertThat(header(new PngFile().head(100, 7, 16, 6, 0).bytes()).workBytes()).isEqualTo(2 * 800 + 300);
        assertThat(header(new PngFile().head(9, 7, 1, 0, 0).bytes()).workBytes()).isEqualTo(2 * 2 + 27);
    }

    @Test
    void decode_chunksInWrongOrder_saysWhichIsMissing() {
        byte[] palette = {1, 2, 3};
        assertThat(
                Pixels.refusal(DECODERS, new PngFile().chunk("IDAT", ROWS).head(2, 2, 8, 0, 0).end().bytes(), memory))
                .isEqualTo("got PNG that has no IHDR chunk");
        assertThat(Pixels.refusal(DECODERS, grey().end().chunk("IDAT", ROWS).bytes(), memory))
                .isEqualTo("got PNG that has no IDAT chunk");
        PngFile late = new PngFile().head(2, 2, 8, 3, 0).chunk("IDAT", ROWS).chunk("PLTE", palette).end();
        assertThat(Pixels.refusal(DECODERS, late.bytes(), memory)).isEqualTo("got PNG that has no PLTE chunk");
        PngFile empty = new PngFile().head(2, 2, 8, 3, 0).chunk("PLTE").chunk("IDAT", ROWS).end();
        assertThat(Pixels.refusal(DECODERS, empty.bytes(), memory)).isEqualTo("got PNG that has no PLTE chunk");
        byte[] half = Arrays.copyOf(ROWS, 6);
        byte[] rest = Arrays.copyOfRange(ROWS, 6, ROWS.length);
        PngFile parted = grey().chunk("IDAT", half).chunk("tIME", new byte[7]).chunk("IDAT", rest).end();
        assertThat(Pixels.refusal(DECODERS, parted.bytes(), memory)).isEqualTo("got PNG that ends early");
    }

    @Test
    void decode_dataInManyChunks_isOne() throws Exception {
        PngFile bytewise = grey().chunk("tEXt", "a\0b".getBytes(StandardCharsets.ISO_8859_1)).chunk("IDAT");
        for (byte value : ROWS) {
            bytewise.chunk("IDAT", value).chunk("IDAT");
        }
        assertThat(pixels(bytewise.end().bytes())).isEqualTo(GREYS);
    }

    /** Lengths are numbers of 32 bits without a sign; none leads out of the file or back into it. */
    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, -12, -8, 1_000})
    void decode_chunkLongerThanTheFile_endsEarly(int length) throws Exception {
        PngFile before = grey().chunk(length, "tEXt", new byte[3]).chunk("IDAT", ROWS).end();
        assertThat(Pixels.refusal(DECODERS, before.bytes(), memory)).isEqualTo("got PNG that ends early");

        PngFile itself = grey().chunk(length, "IDAT", ROWS).end(); // what is behind the rows is not looked at
        assertThat(pixels(itself.bytes())).isEqualTo(GREYS);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 127, 128, 255})
    void decode_filterTheFormatDoesNotHave_isRefused(int filter) {
        byte[] rows = PngFile.deflated((byte) 0, (byte) 10, (byte) 20, (byte) filter, (byte) 30, (byte) 40);

        assertThat(Pixels.refusal(DECODERS, grey().chunk("IDAT", rows).end().bytes(), memory))
                .isEqualTo("got PNG with a row of filter " + filter + ", which the format does not have");
    }

    @Test
    void decode_compressedDataThatIsDamaged_saysHow() {
        byte[] few = PngFile.deflated((byte) 0, (byte) 10, (byte) 20, (byte) 0, (byte) 30);
        assertThat(Pixels.refusal(DECODERS, grey().chunk("IDAT", few).end().bytes(), memory))
                .isEqualTo("got PNG whose data has fewer rows than its head says");
        byte[] head = ROWS.clone();
        head[0] = 0x79;
        assertThat(Pixels.refusal(DECODERS, grey().chunk("IDAT", head).end().bytes(), memory))
                .isEqualTo("got PNG whose compressed data is damaged");
        byte[] dictionary = {0x78, (byte) 0xbb, 0, 0, 0, 1, 2, 3};
        assertThat(Pixels.refusal(DECODERS, grey().chunk("IDAT", dictionary).end().bytes(), memory))
                .isNotEqualTo("got PNG that ends early");
    }

    @Test
    void decode_moreRowsThanTheHeadSays_areNotLookedAt() throws Exception {
        byte[] rows = PngFile.deflated(new byte[]{0, 10, 20, 0, 30, 40, 9, 9, 9, 9});

        assertThat(pixels(grey().chunk("IDAT", rows).end().bytes())).isEqualTo(GREYS);
    }

    /** An index may lie behind the palette, and transparency changes no colour. */
    @Test
    void decode_paletteShorterThanItsIndices_isBlackThere() throws Exception {
        byte[] rows = PngFile.deflated(new byte[]{0, 1, 0, 0, 2, (byte) 255});
        PngFile file = new PngFile().head(2, 2, 8, 3, 0).chunk("PLTE", new byte[]{1, 2, 3, 4, 5, 6})
                .chunk("tRNS", new byte[]{0, 0}).chunk("IDAT", rows).end();

        assertThat(pixels(file.bytes())).containsExactly(4, 5, 6, 1, 2, 3, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void decode_paletteOfColourImage_isOnlyASuggestion() throws Exception {
        byte[] rows = PngFile.deflated(new byte[]{0, 7, 8, 9});
        PngFile file = new PngFile().head(1, 1, 8, 2, 0).chunk("PLTE", new byte[800]).chunk("IDAT", rows).end();

        assertThat(pixels(file.bytes())).containsExactly(7, 8, 9);
    }

    @Test
    void header_exifBeforeTheData_givesTheOrientation() throws Exception {
        byte[] exif = ExifOrientationTest.tiff(true, 5);
        assertThat(header(grey().chunk("eXIf", exif).chunk("IDAT", ROWS).end().bytes()).orientation()).isEqualTo(5);
        assertThat(header(grey().chunk("IDAT", ROWS).chunk("eXIf", exif).end().bytes()).orientation()).isEqualTo(1);
        assertThat(header(grey().chunk(-1, "eXIf", new byte[2]).bytes()).orientation()).isEqualTo(1);
    }

    /** As in Pillow: of the chunks that decide over the pixels the checksums count, of the pixels' data they do not. */
    @ParameterizedTest
    @CsvSource({"IHDR, true", "PLTE, true", "tEXt, false", "IDAT, false", "IEND, false"})
    void decode_wrongChecksum_isRefusedWhereItDecidesOverAllPixels(String type, boolean refused) throws Exception {
        byte[] file = new PngFile().head(2, 1, 8, 3, 0).chunk("PLTE", new byte[]{1, 2, 3, 4, 5, 6})
                .chunk("tEXt", new byte[4]).chunk("IDAT", PngFile.deflated((byte) 0, (byte) 1, (byte) 0)).end().bytes();
        ByteBuffer edited = ByteBuffer.wrap(file);
        int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(type);
        int checksum = at + 4 + edited.getInt(at - 4);
        edited.putInt(checksum, edited.getInt(checksum) ^ 1);

        if (refused) {
            assertThat(Pixels.refusal(DECODERS, file, memory))
                    .isEqualTo("got PNG whose " + type + " chunk is damaged: its checksum is another one");
        } else {
            assertThat(pixels(file)).containsExactly(4, 5, 6, 1, 2, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 12, 14, -1})
    void header_ofAnotherLength_isRefused(int length) {
        byte[] file = grey().chunk("IDAT", ROWS).end().bytes();
        ByteBuffer.wrap(file).putInt(8, length);

        assertThat(Pixels.refusal(DECODERS, file, memory)).isEqualTo(
                "got PNG whose IHDR chunk has " + Integer.toUnsignedLong(length) + " bytes (expected 13)");
    }

    @Test
    void decode_paletteOfMoreThan256Colours_isRefused() {
        PngFile file = new PngFile().head(2, 2, 8, 3, 0).chunk("PLTE", new byte[769]).chunk("IDAT", ROWS).end();

        assertThat(Pixels.refusal(DECODERS, file.bytes(), memory))
                .isEqualTo("got PNG whose PLTE chunk has 769 bytes (expected at most 768)");
    }

    /** Each byte of a small file changed into a few others: pixels or an error of the request. */
    @Test
    void decode_eachByteChanged_endsWithPixelsOrAnErrorOfTheRequest() {
        byte[] file = new PngFile().head(2, 2, 8, 3, 1).chunk("PLTE", new byte[6])
                .chunk("IDAT", PngFile.deflated(new byte[]{0, 0, 0, 1, 0, 0, 1})).end().bytes();
        for (int at = 0; at < file.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = file.clone();
                changed[at] ^= (byte) (1 << bit);
                try {
                    assertThat(pixels(changed).length % 3).isZero();
                } catch (InferenceException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
                    assertThat(e.text()).startsWith("got ");
                }
            }
        }
    }

    private static PngFile grey() {
        return new PngFile().head(2, 2, 8, 0, 0);
    }

    private static ImageHeader header(byte[] file) throws InferenceException {
        return DECODERS.header(TestImages.memory(file));
    }

    private byte[] pixels(byte[] file) throws InferenceException {
        return Pixels.of(DECODERS, file, memory);
    }
}
