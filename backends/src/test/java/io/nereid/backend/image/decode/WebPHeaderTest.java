package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

final class WebPHeaderTest {
    private static final int ANIMATED = 2;

    static Stream<String> files() {
        return TestImages.images("webp/");
    }

    @ParameterizedTest
    @MethodSource("files")
    void read_fileCutAnywhere_endsEarly(String name) {
        byte[] file = TestImages.file(name);
        for (int length = 12; length < file.length; length++) {
            assertThat(refusal(Arrays.copyOf(file, length))).as("%d bytes", length)
                    .isEqualTo("got WebP that ends early");
        }
    }

    /** Both are stored in 14 bits each, less by one. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 16384", "16384, 1", "16384, 16384", "300, 200"})
    void read_lossless_hasItsSize(int width, int height) throws Exception {
        int bits = 0x5000_0000 | (height - 1) << 14 | (width - 1);
        byte[] data = little(9).put((byte) 0x2f).putInt(bits).array();

        WebPHeader header = read(riff(chunk("VP8L", data)));

        assertThat(header).isEqualTo(new WebPHeader(width, height, 1, null));
    }

    /** The two bits above the size say how to scale it, which nobody does. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "16383, 1, 16383, 1", "0x4001, 0xc002, 1, 2", "0x7fff, 0xbfff, 16383, 16383"})
    void read_lossy_hasItsSize(String storedWidth, String storedHeight, int width, int height) throws Exception {
        assertThat(read(riff(chunk("VP8 ", lossy(Integer.decode(storedWidth), Integer.decode(storedHeight))))))
                .isEqualTo(new WebPHeader(width, height, 1, null));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0x1", "1, 0, 1x0", "0x4000, 0xc000, 0x0"})
    void read_lossyOfNoPixels_isRefused(String width, String height, String text) {
        assertThat(refusal(riff(chunk("VP8 ", lossy(Integer.decode(width), Integer.decode(height))))))
                .isEqualTo("got WebP of " + text + " pixels");
    }

    @Test
    void read_headsThatAreTooShort_endEarly() {
        assertThat(refusal(riff(chunk("VP8L", new byte[4])))).isEqualTo("got WebP that ends early");
        assertThat(refusal(riff(chunk("VP8 ", new byte[8])))).isEqualTo("got WebP that ends early");
        assertThat(refusal(riff(chunk("VP8X", new byte[8])))).isEqualTo("got WebP that ends early");
    }

    @Test
    void read_otherChunkFirst_isNoImage() {
        assertThat(refusal(riff(chunk("ICCP", new byte[40])))).isEqualTo("got WebP that begins with no image");
        assertThat(refusal(riff())).isEqualTo("got WebP that begins with no image");
    }

    @Test
    void read_lengthLongerThanTheFile_endsEarly() {
        byte[] file = riff(chunk("VP8 ", lossy(2, 2)));
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1);

        assertThat(refusal(file)).isEqualTo("got WebP that ends early");
    }

    /** Chunks of odd length are followed by a byte that is of none. */
    @Test
    void read_exif_hasItsOrientationBehindWhicheverChunk() throws Exception {
        byte[] tiff = ExifOrientationTest.tiff(false, 3);
        byte[] named = ByteBuffer.allocate(6 + tiff.length).put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
                .put(tiff).array();
        byte[] extended = chunk("VP8X", extended(0, 4, 5));
        for (byte[] exif : new byte[][]{tiff, named}) {
            assertThat(read(riff(extended, chunk("VP8 ", lossy(4, 5)), chunk("EXIF", exif))).orientation())
                    .isEqualTo(3);
            assertThat(read(riff(extended, chunk("ABCD", new byte[3]), chunk("EXIF", exif))).orientation())
                    .isEqualTo(3);
        }
        assertThat(read(riff(extended, chunk("EXIF", new byte[0]))).orientation()).isEqualTo(1);
    }

    @Test
    void read_animation_hasItsFirstFrame() throws Exception {
        byte[] first = frame(2, 4, 3, 1, 10);
        byte[] second = frame(0, 0, 8, 8, 10);

        WebPHeader header = read(riff(chunk("VP8X", extended(ANIMATED, 8, 8)), chunk("ANIM", new byte[6]),
                chunk("ANMF", first), chunk("ANMF", second)));

        assertThat(header.frame()).isEqualTo(new WebPHeader.Frame(2, 4, 3, 1, 12 + 18 + 14 + 8 + 16, 10));
        assertThat(header.width()).isEqualTo(8);
    }

    /** A frame must lie in the image: it is decoded into the image's memory. */
    @ParameterizedTest
    @CsvSource({"0, 0, 8, 8, true", "6, 0, 2, 8, true", "6, 0, 3, 8, false", "0, 6, 8, 3, false", "0, 0, 9, 1, false",
            "0, 0, 1, 9, false", "8, 0, 1, 1, false", "33554430, 0, 16777216, 1, false"})
    void read_frame_liesInTheImage(int x, int y, int width, int height, boolean inside) throws Exception {
        byte[] file = riff(chunk("VP8X", extended(ANIMATED, 8, 8)), chunk("ANMF", frame(x, y, width, height, 2)));
        if (inside) {
            assertThat(read(file).frame()).isNotNull();
        } else {
            assertThat(refusal(file)).isEqualTo("got WebP whose first frame is missing or lies outside of the image");
        }
    }

    @Test
    void read_animationWithoutFrameOrWithAShortOne_isRefused() throws Exception {
        byte[] extended = chunk("VP8X", extended(ANIMATED, 8, 8));
        assertThat(refusal(riff(extended)))
                .isEqualTo("got WebP whose first frame is missing or lies outside of the image");
        assertThat(refusal(riff(extended, chunk("ANMF", new byte[15]))))
                .isEqualTo("got WebP whose first frame is damaged");
        byte[] still = riff(chunk("VP8X", extended(0, 8, 8)), chunk("ANMF", frame(0, 0, 8, 8, 2)));
        assertThat(read(still).frame()).as("of no animation").isNull();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] lossy(int width, int height) {
        return little(12).put(new byte[]{0, 0, 0, (byte) 0x9d, 1, 0x2a}).putShort((short) width)
                .putShort((short) height).array();
    }

    private static byte[] extended(int flags, int width, int height) {
        return little(10).putInt(flags).put(u24(width - 1)).put(u24(height - 1)).array();
    }

    /** A frame with so many bytes of data. */
    private static byte[] frame(int x, int y, int width, int height, int data) {
        return little(16 + data).put(u24(x / 2)).put(u24(y / 2)).put(u24(width - 1)).put(u24(height - 1)).array();
    }

    private static byte[] u24(int value) {
        return new byte[]{(byte) value, (byte) (value >> 8), (byte) (value >> 16)};
    }

    private static byte[] chunk(String name, byte[] data) {
        return little(8 + data.length + (data.length & 1)).put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(data.length).put(data).array();
    }

    private static byte[] riff(byte[]... chunks) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] chunk : chunks) {
            content.writeBytes(chunk);
        }
        return little(12 + content.size()).put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(4 + content.size())
                .put("WEBP".getBytes(StandardCharsets.US_ASCII)).put(content.toByteArray()).array();
    }

    private static WebPHeader read(byte[] file) throws InferenceException {
        return WebPHeader.read(new FileBytes(ImageFormat.WEBP, TestImages.memory(file)));
    }

    private static String refusal(byte[] file) {
        InferenceException error = catchThrowableOfType(InferenceException.class, () -> read(file));
        assertThat(error).isNotNull();
        return error.text();
    }
}
