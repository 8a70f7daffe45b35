package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import io.nereid.inference.InferenceException;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

final class JpegHeaderTest {
    private static final String START = "ffd8";
    /** Baseline, 8 bits, 7 rows of 9 columns, 3 components. */
    private static final String FRAME = "ffc0 0011 08 0007 0009 03 012200 021101 031101";
    private static final String SCAN = "ffda 000c 03 0100 0211 0311 003f00";
    private static final String TABLE = "ffdb 0004 0001";

    static Stream<String> files() {
        return TestImages.images("jpeg/");
    }

    @Test
    void read_segmentsBeforeTheScan_giveWhatTheySay() throws Exception {
        JpegHeader header = read(START, TABLE, FRAME, SCAN);

        assertThat(header.width()).isEqualTo(9);
        assertThat(header.height()).isEqualTo(7);
        assertThat(header.components()).isEqualTo(3);
        assertThat(header.wholeCoefficients()).isFalse();
        assertThat(header.orientation()).isEqualTo(1);
        assertThat(header.adobeTransform()).isEqualTo(-1);
        assertThat(header.scanAt()).isEqualTo(2 + 6 + 19 + 2);
        assertThat(header.workBytes()).isEqualTo(16 * 64 * 3 * 2);
    }

    /** Which frames can be decoded is the libraries' affair but for those that need more than 8 bits. */
    @ParameterizedTest
    @CsvSource({"c0, 08, false", "c1, 08, false", "c2, 08, true", "c9, 08, false", "ca, 08, true"})
    void read_frames_areOfOneScanOrOfMany(String marker, String precision, boolean progressive) throws Exception {
        String frame = FRAME.replace("ffc0", "ff" + marker).replace("0011 08", "0011 " + precision);

        JpegHeader header = read(START, frame, SCAN);

        assertThat(header.wholeCoefficients()).isEqualTo(progressive);
        assertThat(header.workBytes()).isEqualTo(16L * (progressive ? 16 : 64) * 3 * 2);
    }

    /** A scan of fewer components than the frame: others follow. */
    @Test
    void read_scanOfOneComponentOfThree_hasManyScans() throws Exception {
        assertThat(read(START, FRAME, "ffda 0008 01 0100 003f00").wholeCoefficients()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"ffc3, ffc3, of 8 bits", "ffc7, ffc7, of 8 bits", "ffcb, ffcb, of 8 bits", "ffcf, ffcf, of 8 bits",
            "0011 08, 0011 0c, of 12 bits", "0011 08, 0011 10, of 16 bits", "0011 08, 0011 00, of 0 bits"})
    void read_otherPrecisionsAndLossless_areRefused(String from, String to, String text) {
        String frame = from.equals(to) ? FRAME.replace("ffc0", to) : FRAME.replace(from, to);

        assertThat(refusal(START, frame, SCAN))
                .isEqualTo("got JPEG " + text + ", or without loss (expected 8 bits, baseline or progressive)");
    }

    @ParameterizedTest
    @CsvSource({"0007 0009, 0000 0009, of 9x0 pixels", "0007 0009, 0007 0000, of 0x7 pixels",
            "0009 03, 0009 00, of 0 components (expected 1; 3 or 4)",
            "0009 03, 0009 02, of 2 components (expected 1; 3 or 4)",
            "0009 03, 0009 05, of 5 components (expected 1; 3 or 4)",
            "0009 03, 0009 ff, of 255 components (expected 1; 3 or 4)"})
    void read_sizesAndComponentsThatMakeNoSense_areRefused(String from, String to, String text) {
        assertThat(refusal(START, FRAME.replace(from, to), SCAN)).isEqualTo("got JPEG " + text.replace(';', ','));
    }

    /** Tables and reserved segments among the numbers of frames are no frames. */
    @ParameterizedTest
    @ValueSource(strings = {"c4", "c8", "cc", "dd", "e0", "ef", "fe", "f0", "bf"})
    void read_otherSegments_arePassedOverWhateverIsInThem(String marker) throws Exception {
        JpegHeader header = read(START, "ff" + marker + " 0013 08 0001 0001 03 012200 021101 031101 ffda", FRAME, SCAN);

        assertThat(header.width()).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff01", "ffd0", "ffd7", "ff", "ffffff"})
    void read_markersThatStandAloneAndFill_haveNoLength(String between) throws Exception {
        assertThat(read(START, TABLE, between, FRAME, between, SCAN).height()).isEqualTo(7);
    }

    /** Bytes that no marker begins with; and FF00, which is no marker: decoders go on behind it where they like. */
    @ParameterizedTest
    @ValueSource(strings = {"00", "0000", "fe", "ffdb 0000", "ffdb 0001", "ff00", "ff00 0004 0001", "ffff00 0004 0001"})
    void read_damagedSegments_areRefused(String between) {
        assertThat(refusal(START, "ffe0 0002", between, FRAME, SCAN)).isEqualTo("got JPEG whose segments are damaged");
    }

    @Test
    void read_noFrameBeforeTheScanOrNoScan_isRefused() {
        assertThat(refusal(START, TABLE, SCAN, FRAME)).isEqualTo("got JPEG whose segments are damaged");
        assertThat(refusal(START, TABLE, FRAME, "ffd9")).isEqualTo("got JPEG that has no image in it");
        assertThat(refusal(START, TABLE, FRAME)).isEqualTo("got JPEG that ends early");
        assertThat(refusal(START, "ffe0 ffff 00", FRAME, SCAN)).isEqualTo("got JPEG that ends early");
    }

    @Test
    void read_cutAnywhere_endsEarly() {
        byte[] file = bytes(START, TABLE, FRAME, "ffff", SCAN.substring(2));
        int needed = 2 + 6 + 19 + 2 + 1 + 3; // up to the number of components of the scan
        for (int length = 3; length < needed; length++) {
            assertThat(refusal(Arrays.copyOf(file, length))).as("%d bytes", length)
                    .isEqualTo("got JPEG that ends early");
        }
    }

    @Test
    void read_adobe_hasItsTransform() throws Exception {
        String name = HexFormat.of().formatHex("Adobe".getBytes(StandardCharsets.US_ASCII));
        assertThat(read(START, "ffee 000e " + name + " 0064 0000 0000 02", FRAME, SCAN).adobeTransform()).isEqualTo(2);
        assertThat(read(START, "ffee 000d " + name + " 0064 0000 0000", FRAME, SCAN).adobeTransform()).isEqualTo(-1);
        assertThat(read(START, "ffee 000e 58" + name.substring(2) + " 0064 0000 0000 02", FRAME, SCAN)
                .adobeTransform()).isEqualTo(-1);
    }

    @Test
    void read_exif_hasItsOrientation() throws Exception {
        byte[] tiff = ExifOrientationTest.tiff(true, 8);
        String exif = "457869660000" + HexFormat.of().formatHex(tiff);
        String length = "%04x".formatted(2 + 6 + tiff.length);

        assertThat(read(START, "ffe1" + length + exif, FRAME, SCAN).orientation()).isEqualTo(8);
        assertThat(read(START, "ffe2" + length + exif, FRAME, SCAN).orientation()).isEqualTo(1);
        assertThat(read(START, "ffe1 0008 457869660000", FRAME, SCAN).orientation()).isEqualTo(1);
    }

    /**
     * What is charged for an image is what its head says: no file may have another head for the decoder than for this
     * server, as one had whose small frame libjpeg-turbo passed over and whose large one this server did.
     */
    @Test
    void decode_frameThatOnlyTheDecoderSees_isRefused() {
        byte[] real = TestImages.file("jpeg/color.jpg");
        int scan = indexOf(real, 0xda);
        String small = FRAME.replace("0007 0009", "0006 0008");
        byte[] segments = Arrays.copyOfRange(real, 2, scan);
        byte[] hiding = bytes("ff00 %04x".formatted(2 + segments.length + 4), HexFormat.of().formatHex(segments),
                "ffe5 %04x".formatted(2 + bytes(small).length), small);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(bytes(START));
        file.writeBytes(hiding);
        file.write(real, scan, real.length - scan);

        TensorMemory memory = new PoisonedMemory(1 << 20, 0);
        for (ImageDecoders decoders : new ImageDecoders[]{ImageDecoders.ofThisMachine(), ImageDecoders.ofJava()}) {
            assertThat(Pixels.refusal(decoders, withPrefix(file.toByteArray()), memory))
                    .isEqualTo("got JPEG whose segments are damaged");
        }
        assertThat(memory.bytesInUse()).isZero();
    }

    @ParameterizedTest
    @MethodSource("files")
    void read_realFileCutBeforeItsScan_endsEarly(String name) {
        byte[] file = TestImages.file(name);
        int scan = indexOf(file, 0xda);
        for (int length = 3; length < scan + 5; length++) {
            assertThat(refusal(Arrays.copyOf(file, length))).as("%d bytes", length)
                    .isEqualTo("got JPEG that ends early");
        }
    }

    /** Another segment first, since a file is told by its third byte. */
    private static byte[] withPrefix(byte[] file) {
        byte[] whole = new byte[file.length + 4];
        System.arraycopy(bytes(START, "ffe0 0002"), 0, whole, 0, 6);
        System.arraycopy(file, 2, whole, 6, file.length - 2);
        return whole;
    }

    /** Where the first marker of this number is. */
    private static int indexOf(byte[] file, int marker) {
        int at = 0;
        while ((file[at] & 0xff) != 0xff || (file[at + 1] & 0xff) != marker) {
            at++;
        }
        return at;
    }

    private static byte[] bytes(String... hex) {
        return HexFormat.of().parseHex(String.join("", hex).replace(" ", ""));
    }

    private static JpegHeader read(String... hex) throws InferenceException {
        return JpegHeader.read(new FileBytes(ImageFormat.JPEG, TestImages.memory(bytes(hex))));
    }

    private static String refusal(String... hex) {
        return refusal(bytes(hex));
    }

    private static String refusal(byte[] file) {
        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> JpegHeader.read(new FileBytes(ImageFormat.JPEG, TestImages.memory(file))));
        assertThat(error).isNotNull();
        return error.text();
    }
}
