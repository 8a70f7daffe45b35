package io.nereid.backend.image;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

final class ImageBackendTest {
    private static final ModelVersion VERSION = new ModelVersion("pixels", 1, Path.of("pixels"), Path.of("pixels/1"));
    private static final String BATCHING = "backend: 'image' max_batch_size: 8 ";
    private static final byte[] PNG = TestImages.file("resize/0.png");
    private static final byte[] TINY = TestImages.file("png/color2-depth8.png");

    private final TensorMemory memory = new PoisonedMemory(1 << 28, 0);

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    static Stream<String> resized() {
        return TestImages.named("resize/").filter(name -> name.endsWith(".rgb"));
    }

    /** The name of a result is {@code NUMBER-HEIGHTxWIDTH} or {@code NUMBER-SIDE-CROP}. */
    @ParameterizedTest
    @MethodSource("resized")
    void execute_resizeAndCrop_givePillowsPixels(String name) throws Exception {
        String[] parts = name.replaceFirst("^resize/", "").replace(".rgb", "").split("-", -1);
        String parameters = levels(parts[1])
                + (parts.length == 3 ? parameter("crop", parts[2]) : "");
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + parameters)) {
            byte[] pixels = answer(model, TestImages.file("resize/" + parts[0] + ".png"));

            assertThat(pixels).isEqualTo(TestImages.pixels(name));
        }
    }

    @Test
    void execute_floats_areThoseOfTorchvision() throws Exception {
        String parameters = parameter("resize", "20x20") + parameter("mean", "0.485, 0.456, 0.406")
                + parameter("deviation", "0.229, 0.224, 0.225");
        byte[] levels = TestImages.pixels("resize/0-20x20.rgb");
        float[] mean = {0.485f, 0.456f, 0.406f};
        float[] deviation = {0.229f, 0.224f, 0.225f};
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + parameters)) {
            assertThat(model.config().outputs().getFirst().dims()).containsExactly(3L, 20L, 20L);
            InferenceResponse response = model.runOne(request(PNG));
            float[] values = Requests.floats(Requests.output(response, "PIXELS"));

            for (int i = 0; i < values.length; i++) {
                int color = i / 400;
                int level = levels[3 * (i % 400) + color] & 0xff;
                assertThat(values[i]).isEqualTo((level / 255f - mean[color]) / deviation[color]);
            }
            response.memory().release();
        }
    }

    @Test
    void execute_halves_areTheFloatsRounded() throws Exception {
        String parameters = parameter("resize", "20x20") + parameter("datatype", "FP16")
                + parameter("scale", "0.5") + parameter("layout", "NHWC");
        byte[] levels = TestImages.pixels("resize/0-20x20.rgb");
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + parameters)) {
            InferenceResponse response = model.runOne(request(PNG));
            short[] values = Requests.output(response, "PIXELS").data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED);

            for (int i = 0; i < values.length; i++) {
                assertThat(values[i]).isEqualTo(Float.floatToFloat16((levels[i] & 0xff) * 0.5f));
            }
            response.memory().release();
        }
    }

    @Test
    void execute_bytes_areTheLevelsThemselves() throws Exception {
        byte[] bmp = new byte[14 + 12 + 8];
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).put((byte) 'B').put((byte) 'M').putInt(bmp.length).putInt(0)
                .putInt(26).putInt(12).putShort((short) 2).putShort((short) 1).putShort((short) 1)
                .putShort((short) 24).put(new byte[]{3, 2, 1, (byte) 255, (byte) 200, 100});
        String parameters = parameter("resize", "1x2") + parameter("datatype", "UINT8");
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + parameters)) {
            InferenceResponse response = model.runOne(request(bmp));

            assertThat(Requests.output(response, "PIXELS").dataType()).isEqualTo(DataType.UINT8);
            assertThat(Requests.data(Requests.output(response, "PIXELS")))
                    .containsExactly(1, 100, 2, (byte) 200, 3, (byte) 255);
            response.memory().release();
        }
    }

    @Test
    void execute_base64_isTheSameAsTheFile() throws Exception {
        byte[] text = Base64.getEncoder().encode(PNG);
        byte[] lines = Base64.getMimeEncoder().encode(PNG);
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + levels("9x31"))) {
            byte[] expected = answer(model, PNG);

            assertThat(answer(model, text)).isEqualTo(expected);
            assertThat(answer(model, lines)).isEqualTo(expected);
        }
    }

    @Test
    void execute_batch_failsTheRequestAloneThatHasNoImage() throws Exception {
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + levels("20x20"))) {
            List<Object> outcomes = model.run(request(PNG, TINY), request(TINY, Arrays.copyOf(TINY, TINY.length - 40)),
                    request("hello".getBytes(StandardCharsets.UTF_8)), request(PNG));

            assertThat(((InferenceException) outcomes.get(1)).code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(((InferenceException) outcomes.get(1)).text())
                    .isEqualTo("input 'IMAGE', image 1 of 2: got PNG that ends early");
            assertThat(((InferenceException) outcomes.get(2)).text())
                    .isEqualTo(
                            "input 'IMAGE', image 0 of 1: got text (expected a file in JPEG, PNG, WebP or BMP, as it is"
                                    + " or in base64)");
            byte[] both = levels((InferenceResponse) outcomes.get(0), Shape.of(2, 20, 20, 3));
            byte[] one = levels((InferenceResponse) outcomes.get(3), Shape.of(1, 20, 20, 3));
            assertThat(Arrays.copyOf(both, 1200)).isEqualTo(one)
                    .isEqualTo(TestImages.pixels("resize/0-20x20.rgb"));
        }
    }

    @Test
    void execute_withoutBatching_hasNoBatchDimension() throws Exception {
        try (ImageBackend backend = backend();
                RunningModel model = start(backend, "backend: 'image' " + levels("20x20"))) {
            InferenceRequest request = Requests.in(memory).input("IMAGE", DataType.BYTES, Shape.of(1), element(PNG))
                    .build();

            assertThat(levels(model.runOne(request), Shape.of(20, 20, 3)))
                    .isEqualTo(TestImages.pixels("resize/0-20x20.rgb"));
        }
    }

    @Test
    void execute_exifOrientation_isAppliedWhereAskedForOnly() throws Exception {
        byte[] file = TestImages.file("jpeg/exif-6.jpg");
        byte[] stored = TestImages.pixels("jpeg/exif-6.jpg");
        try (ImageBackend backend = backend();
                RunningModel asStored = start(backend, BATCHING + levels("48x64"));
                RunningModel turned = start(backend,
                        BATCHING + levels("64x48") + parameter("exif_orientation", "apply"))) {
            byte[] ignoring = answer(asStored, file);
            byte[] applying = answer(turned, file);

            assertThat(TestImages.largestDifference(ignoring, stored)).isLessThanOrEqualTo(8);
            for (int y = 0; y < 64; y++) { // a quarter to the right: the left column from below is the first row
                for (int x = 0; x < 48; x++) {
                    int from = ((47 - x) * 64 + y) * 3;
                    assertThat(Arrays.copyOfRange(applying, (y * 48 + x) * 3, (y * 48 + x) * 3 + 3))
                            .isEqualTo(Arrays.copyOfRange(ignoring, from, from + 3));
                }
            }
        }
    }

    /** Each way to turn an image brings the corner that EXIF names to the top left. */
    @ParameterizedTest
    @CsvSource({"1, 012345", "2, 103254", "3, 543210", "4, 452301", "5, 024135", "6, 420531", "7, 531420",
            "8, 135024"})
    void rows_ofEachOrientation_areTurned(int orientation, String expected) {
        byte[] stored = new byte[18];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = (byte) (i / 3);
        }
        PixelRows rows = new PixelRows(TestImages.memory(stored), 2, 3, orientation);
        StringBuilder seen = new StringBuilder();
        byte[] row = new byte[3 * rows.width()];
        for (int y = 0; y < rows.height(); y++) {
            rows.read(y, row);
            for (int x = 0; x < rows.width(); x++) {
                seen.append(row[3 * x]);
            }
        }
        assertThat(seen).hasToString(expected);
    }

    /** A head alone says that there is too much to decode: nothing is allocated for it. */
    @Test
    void execute_bomb_isRefusedByItsHead() throws Exception {
        byte[] bomb = TINY.clone();
        CRC32 checksum = new CRC32();
        checksum.update(ByteBuffer.wrap(bomb).putInt(16, 50_000).putInt(20, 50_000).slice(12, 17));
        ByteBuffer.wrap(bomb).putInt(29, (int) checksum.getValue());
        try (ImageBackend backend = backend(); RunningModel model = start(backend, BATCHING + levels("20x20"))) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> model.runOne(request(bomb)))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG))
                    .withMessage("input 'IMAGE', image 0 of 1: got PNG of 50000x50000 pixels, 2500000000 in all"
                            + " (expected at most 50000000, by the model's parameter 'max_pixels')");
        }
    }

    @Test
    void execute_imageThatNeedsMoreMemoryThanAllMayTake_isRefused() throws Exception {
        Map<String, String> settings = Map.of("decode-memory-bytes", "1000");
        try (ImageBackend backend = backend(settings);
                RunningModel model = start(backend, BATCHING + levels("20x20"))) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> model.runOne(request(PNG)))
                    .withMessageContaining("got PNG of 50x37 pixels, for which decoding takes")
                    .withMessageContaining("(expected at most 1000, by --backend-config=image,decode-memory-bytes)");
        }
    }

    /** Images that together need more memory than there is are decoded one after the other. */
    @Test
    void execute_moreImagesThanMemory_waitForEachOther() throws Exception {
        Map<String, String> settings = Map.of("decode-memory-bytes", "6100");
        byte[][] images = new byte[8][];
        Arrays.fill(images, PNG);
        try (ImageBackend backend = backend(settings);
                RunningModel model = start(backend, BATCHING + levels("20x20"))) {
            byte[] pixels = levels(model.runOne(request(images)), Shape.of(8, 20, 20, 3));

            assertThat(Arrays.copyOfRange(pixels, 7 * 1200, 8 * 1200))
                    .isEqualTo(TestImages.pixels("resize/0-20x20.rgb"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            crop=20                            | it has no parameter 'resize' (expected HEIGHTxWIDTH, or one number for the shorter side)
            resize=0x5                         | parameter 'resize' is '0x5' (expected HEIGHTxWIDTH, or one number for the shorter side, up to 16384)
            resize=big                         | parameter 'resize' is 'big' (expected HEIGHTxWIDTH, or one number for the shorter side, up to 16384)
            resize=24                          | parameter 'resize' is '24', the shorter side, so that images have different sizes (expected a parameter 'crop' too, or HEIGHTxWIDTH)
            resize=24;crop=25                  | parameter 'crop' is '25' (expected HEIGHTxWIDTH, or one number for both, at most 24x24 after 'resize')
            resize=24x30;crop=24x31            | parameter 'crop' is '24x31' (expected HEIGHTxWIDTH, or one number for both, at most 24x30 after 'resize')
            resize=9x9;layout=CHW              | parameter 'layout' is 'CHW' (expected NCHW or NHWC)
            resize=9x9;datatype=INT8           | parameter 'datatype' is 'INT8' (expected FP32 or FP16 or UINT8)
            resize=9x9;datatype=UINT8;mean=0.5 | parameter 'mean' is '0.5' (expected none: an output of UINT8 has the grey levels themselves)
            resize=9x9;mean=1,2                | parameter 'mean' is '1,2' (expected one number, or three for red, green and blue)
            resize=9x9;deviation=1,0,1         | parameter 'deviation' is '1,0,1' (expected no 0 in it)
            resize=9x9;scale=1/0               | parameter 'scale' is '1/0' (expected a number as 0.00392 or 1/255, not 0)
            resize=9x9;max_pixels=0            | parameter 'max_pixels' is '0' (expected a whole number from 1 to 715827882)
            resize=9x9;exif_orientation=yes    | parameter 'exif_orientation' is 'yes' (expected ignore or apply)
            resize=9x9;means=0                 | it has a parameter 'means' (did you mean 'mean'?) (expected only resize, crop, scale, mean, deviation, layout, datatype, exif_orientation, max_pixels)
            """)
    void load_wrongParameters_saysWhatIsExpected(String parameters, String text) throws Exception {
        StringBuilder config = new StringBuilder(BATCHING);
        for (String parameter : parameters.split(";", -1)) {
            config.append(parameter(parameter.split("=", 2)[0], parameter.split("=", 2)[1]));
        }
        try (ImageBackend backend = backend()) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> start(backend, config.toString()))
                    .withMessage("unable to load model 'pixels' with the image backend: " + text);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            input { name: 'A' data_type: TYPE_UINT8 dims: 1 }                   | input 'A' has data_type TYPE_UINT8 and dims [1] (expected TYPE_STRING and [1]: one encoded image)
            input { name: 'A' data_type: TYPE_STRING dims: 2 }                  | input 'A' has data_type TYPE_STRING and dims [2] (expected TYPE_STRING and [1]: one encoded image)
            output { name: 'B' data_type: TYPE_FP32 dims: [ 3, 9, 8 ] }         | output 'B' has dims [3, 9, 8] (expected [3, 9, 9] by the parameters 'resize', 'crop' and 'layout')
            output { name: 'B' data_type: TYPE_INT32 dims: [ 3, 9, 9 ] }        | output 'B' has data_type TYPE_INT32 (expected TYPE_FP32, TYPE_FP16 or TYPE_UINT8)
            """)
    void load_otherTensors_saysWhatIsExpected(String tensor, String text) throws Exception {
        try (ImageBackend backend = backend()) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> start(backend, BATCHING + tensor + parameter("resize", "9x9")))
                    .withMessage("unable to load model 'pixels' with the image backend: " + text);
        }
    }

    @Test
    void backend_memoryThatIsNoNumber_isRefused() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> backend(Map.of("decode-memory-bytes", "much")))
                .withMessage("--backend-config image,decode-memory-bytes=much: expected a number of bytes, from 1 to "
                        + (1L << 40));
    }

    @Test
    void backend_unknownSetting_isRefused() {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> backend(Map.of("threads", "2")))
                .withMessage("--backend-config image,threads: unknown setting (expected decode-memory-bytes)");
    }

    private ImageBackend backend() throws InferenceException {
        return backend(Map.of());
    }

    private ImageBackend backend(Map<String, String> settings) throws InferenceException {
        return new ImageBackend(new BackendEnvironment(memory, settings, new CpuBudget(2), CudaDevices.NONE));
    }

    private static RunningModel start(ImageBackend backend, String config) throws InferenceException {
        ModelConfig parsed = RunningModel.config("pixels", config);
        return RunningModel.start(backend, VERSION, parsed);
    }

    private static String parameter(String name, String value) {
        return "parameters { key: '" + name + "' value { string_value: '" + value + "' } } ";
    }

    /** The grey levels as floats: bytes would be of every value, also of the one that marks what nobody has written. */
    private static String levels(String resize) {
        return parameter("layout", "NHWC") + parameter("scale", "1") + parameter("resize", resize);
    }

    private InferenceRequest request(byte[]... images) throws InferenceException {
        byte[] elements = {};
        for (byte[] image : images) {
            byte[] element = element(image);
            elements = Arrays.copyOf(elements, elements.length + element.length);
            System.arraycopy(element, 0, elements, elements.length - element.length, element.length);
        }
        return Requests.in(memory).input("IMAGE", DataType.BYTES, Shape.of(images.length, 1), elements)
                .rows(images.length).build();
    }

    private static byte[] element(byte[] image) {
        return Requests.strings(new String(image, StandardCharsets.ISO_8859_1));
    }

    private byte[] answer(RunningModel model, byte[] image) throws InferenceException {
        return levels(model.runOne(request(image)));
    }

    private static byte[] levels(InferenceResponse response, Shape shape) {
        assertThat(Requests.output(response, "PIXELS").shape()).isEqualTo(shape);
        return levels(response);
    }

    private static byte[] levels(InferenceResponse response) {
        float[] floats = Requests.floats(Requests.output(response, "PIXELS"));
        byte[] levels = new byte[floats.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) (int) floats[i];
        }
        response.memory().release();
        return levels;
    }
}
