package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import io.nereid.backend.image.binding.TurboJpeg;
import io.nereid.backend.image.binding.WebP;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

final class ImageDecodersTest {
    private static final ImageDecoders MACHINE = ImageDecoders.ofThisMachine();
    private static final ImageDecoders JAVA = ImageDecoders.ofJava();
    private static final String EXPECTED = " (expected a file in JPEG, PNG, WebP or BMP, as it is or in base64)";

    private final TensorMemory memory = new PoisonedMemory(1 << 30, 0);

    static Stream<String> exact() {
        return Stream.concat(TestImages.images("png/"), TestImages.images("bmp/"));
    }

    static Stream<String> jpegs() {
        return TestImages.images("jpeg/");
    }

    static Stream<String> webps() {
        return TestImages.images("webp/");
    }

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @ParameterizedTest
    @MethodSource("exact")
    void decode_pngAndBmpOfEveryKind_givesPillowsPixels(String name) throws Exception {
        assertThat(decoded(JAVA, TestImages.file(name))).isEqualTo(TestImages.pixels(name));
    }

    @ParameterizedTest
    @MethodSource("jpegs")
    void decode_jpegByLibjpegTurbo_givesPillowsPixelsWithinOneLevel(String name) throws Exception {
        assumeThat(TurboJpeg.find()).isPresent();

        byte[] pixels = decoded(MACHINE, TestImages.file(name));

        assertThat(TestImages.largestDifference(pixels, TestImages.pixels(name))).isLessThanOrEqualTo(1);
    }

    /** The JDK's library is an older one: it computes colours where they change otherwise. */
    @ParameterizedTest
    @MethodSource("jpegs")
    void decode_jpegByJava_isNearPillowsPixels(String name) throws Exception {
        byte[] pixels = decoded(JAVA, TestImages.file(name));

        assertThat(TestImages.largestDifference(pixels, TestImages.pixels(name))).isLessThanOrEqualTo(8);
        assertThat(TestImages.meanDifference(pixels, TestImages.pixels(name))).isLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("webps")
    void decode_webP_givesPillowsPixelsWithinOneLevel(String name) throws Exception {
        assumeThat(WebP.find()).isPresent();

        byte[] pixels = decoded(MACHINE, TestImages.file(name));

        assertThat(TestImages.largestDifference(pixels, TestImages.pixels(name))).isLessThanOrEqualTo(1);
    }

    @Test
    void header_webPWithoutItsLibrary_isRefusedByName() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> JAVA.header(TestImages.memory(TestImages.file("webp/lossy.webp"))))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .withMessage("got WebP, which this server cannot decode: the machine has no libwebp.so.7");
    }

    @Test
    void header_exif_tellsTheOrientation() throws Exception {
        assertThat(JAVA.header(TestImages.memory(TestImages.file("jpeg/exif-6.jpg"))).orientation()).isEqualTo(6);
        assertThat(JAVA.header(TestImages.memory(TestImages.file("jpeg/color.jpg"))).orientation()).isEqualTo(1);
    }

    /** Wherever a file ends, it is an error of the request, never another one. */
    @ParameterizedTest
    @CsvSource({"png/color2-depth8-interlaced.png, 20", "bmp/bits8.bmp, 0", "jpeg/color.jpg, 20",
            "jpeg/progressive.jpg, 20", "jpeg/cmyk.jpg, 20", "webp/lossless.webp, 0", "webp/animated.webp, 0"})
    void decode_filesThatEndEarly_areRefused(String name, int tail) {
        byte[] file = TestImages.file(name);
        for (ImageDecoders decoders : new ImageDecoders[]{MACHINE, JAVA}) {
            for (int length = 12; length < file.length - tail; length += 1 + file.length / 40) {
                byte[] part = Arrays.copyOf(file, length);
                assertThatExceptionOfType(InferenceException.class)
                        .as("%s up to %s, %s", name, length, decoders.description())
                        .isThrownBy(() -> decoded(decoders, part))
                        .satisfies(error -> assertThat(error.text()).startsWith("got "));
            }
        }
    }

    /** Whatever bytes are in it, decoding ends with pixels or with an error of the request. */
    @ParameterizedTest
    @MethodSource("damaged")
    void decode_damagedFiles_endWithPixelsOrAnErrorOfTheRequest(String name) {
        Random random = new Random(7);
        byte[] file = TestImages.file(name);
        for (int i = 0; i < 100; i++) {
            byte[] changed = file.clone();
            for (int j = 0; j < 3; j++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            for (ImageDecoders decoders : new ImageDecoders[]{MACHINE, JAVA}) {
                try {
                    decoded(decoders, changed);
                } catch (InferenceException e) {
                    assertThat(e.text()).startsWith("got ");
                }
            }
        }
    }

    static Stream<String> damaged() {
        return Stream.of("png/color6-depth16.png", "png/color3-depth4-interlaced.png", "bmp/bits4.bmp",
                "bmp/bits16-565.bmp", "jpeg/color.jpg", "jpeg/progressive.jpg", "jpeg/cmyk.jpg", "webp/lossy.webp",
                "webp/alpha.webp", "webp/animated.webp");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            hello, world    | got text
            GIF89a          | got GIF
            %PDF-1.7        | got PDF
            data:image/png; | got a data URL
            """, delimiter = '|')
    void header_whatIsNoImage_saysWhatItIs(String content, String text) {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> JAVA.header(TestImages.memory(content.getBytes(StandardCharsets.UTF_8))))
                .withMessage(text + EXPECTED);
    }

    @Test
    void header_nothingAndOtherData_saysSo() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> JAVA.header(TestImages.memory(new byte[0]))).withMessage("got nothing" + EXPECTED);
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> JAVA.header(TestImages.memory(new byte[]{1, 2, 3})))
                .withMessage("got data of an unknown format" + EXPECTED);
    }

    @Test
    void decode_pngThatIsCut_saysSo() {
        byte[] file = TestImages.file("png/color2-depth8.png");
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> decoded(JAVA, Arrays.copyOf(file, file.length - 40)))
                .withMessage("got PNG that ends early");
    }

    private byte[] decoded(ImageDecoders decoders, byte[] file) throws InferenceException {
        return Pixels.of(decoders, file, memory);
    }
}
