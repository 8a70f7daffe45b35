package io.nereid.backend.image;

import io.nereid.backend.RunningModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

final class ImageSettingsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            224x224     |         | 224, 224
            1x16384     |         | 1, 16384
            ' 5 x 7 '   |         | 5, 7
            00005x7     |         | 5, 7
            24x30       | 24x30   | 24, 30
            24x30       | 3       | 3, 3
            256         | 224     | 224, 224
            256         | 1x256   | 1, 256
            """)
    void of_sizes_areThoseOfTheResult(String resize, String crop, String expected) throws Exception {
        ImageSettings settings = settings("resize=" + resize + (crop == null ? "" : ";crop=" + crop));

        assertThat(settings.size()).hasToString("Size[height=" + expected.replace(", ", ", width=") + "]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "0", "16385", "99999", "100000", "-5", "5x", "x5", "5x5x5", "5*5", "5,5", "5.0",
            "5x16385", "0x5", "5x0", "٣x٣", "5X5"})
    void of_sizesThatAreNone_areRefused(String resize) {
        assertThat(refusal("resize=" + resize)).endsWith("parameter 'resize' is '" + resize
                + "' (expected HEIGHTxWIDTH, or one number for the shorter side, up to 16384)");
    }

    /** What torchvision's {@code Resize} says: the longer side is cut, not rounded. */
    @ParameterizedTest
    @CsvSource({"256, 500, 375, 341, 256", "256, 375, 500, 256, 341", "256, 256, 256, 256, 256", "1, 3, 2, 1, 1",
            "3, 2, 1, 6, 3", "100, 1, 65535, 100, 6553500", "16384, 65535, 1, 1073725440, 16384", "7, 1, 1, 7, 7"})
    void shorterSide_sizes_areInProportion(int side, int width, int height, int toWidth, int toHeight) {
        assertThat(new Resize.ShorterSide(side).of(width, height)).isEqualTo(new Size(toHeight, toWidth));
    }

    /** Of an odd rest, torchvision's {@code CenterCrop} leaves the even half at the left and above. */
    @ParameterizedTest
    @CsvSource({"10, 10, 0", "10, 9, 0", "10, 8, 1", "10, 7, 2", "10, 6, 2", "10, 5, 2", "10, 4, 3", "10, 3, 4",
            "10, 1, 4", "1, 1, 0"})
    void window_crop_isTheMiddle(int side, int crop, int start) throws Exception {
        ImageSettings settings = settings("resize=" + side + ";crop=" + crop);

        assertThat(settings.window(1, 1)).isEqualTo(new Window(side, side, start, start, crop, crop));
        assertThat(settings.window(1, 3)).isEqualTo(
                new Window(side, 3 * side, start, (int) Math.rint((3 * side - crop) / 2.0), crop, crop));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                   | 0 1 0 1 0 1
            scale=1                              | 0 255 0 255 0 255
            scale= 1 / 2                         | 0 127.5 0 127.5 0 127.5
            scale=-1                             | 0 -255 0 -255 0 -255
            scale=2e0                            | 0 510 0 510 0 510
            scale=1;mean=1                       | -1 254 -1 254 -1 254
            scale=1;mean=0 55 255                | 0 255 -55 200 -255 0
            scale=1;mean=1, 2,3;deviation=-1     | 1 -254 2 -253 3 -252
            scale=1;deviation=1,2,4              | 0 255 0 127.5 0 63.75
            scale=1;mean=5;deviation=5           | -1 50 -1 50 -1 50
            """)
    void of_scaleMeanAndDeviation_areAppliedInThatOrder(String parameters, String expected) throws Exception {
        float[][] table = settings("resize=1x1;" + parameters).values().table();

        StringBuilder seen = new StringBuilder();
        for (float[] color : table) {
            assertThat(color).hasSize(256);
            seen.append(number(color[0])).append(' ').append(number(color[255])).append(' ');
        }
        assertThat(seen.toString().strip()).isEqualTo(expected);
    }

    private static String number(float value) {
        String text = Float.toString(value + 0f);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** A tensor of zeros or of infinities is no image: such numbers are refused when the model loads. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            scale=0            | parameter 'scale' is '0' (expected a number as 0.00392 or 1/255, not 0)
            scale=-0/5         | parameter 'scale' is '-0/5' (expected a number as 0.00392 or 1/255, not 0)
            scale=1/2/3        | parameter 'scale' is '1/2/3' (expected a number as 0.00392 or 1/255, not 0)
            scale=/5           | parameter 'scale' is '/5' (expected a number as 0.00392 or 1/255, not 0)
            scale=5/           | parameter 'scale' is '5/' (expected a number as 0.00392 or 1/255, not 0)
            scale=NaN          | parameter 'scale' is 'NaN' (expected a number as 0.00392 or 1/255, not 0)
            scale=1e-50        | parameter 'scale' is '1e-50' (expected a number as 0.00392 or 1/255, not 0)
            scale=1/Infinity   | parameter 'scale' is '1/Infinity' (expected a number as 0.00392 or 1/255, not 0)
            scale=1/1e39       | parameter 'scale' is '1/1e39' (expected a number as 0.00392 or 1/255, not 0)
            scale=1e-30/1e30   | parameter 'scale' is '1e-30/1e30' (expected a number as 0.00392 or 1/255, not 0)
            mean=NaN           | parameter 'mean' is 'NaN' (expected one number, or three for red, green and blue)
            mean=1,            | parameter 'mean' is '1,' (expected one number, or three for red, green and blue)
            mean=1;deviation=0 | parameter 'deviation' is '0' (expected no 0 in it)
            deviation=-0       | parameter 'deviation' is '-0' (expected no 0 in it)
            deviation=1,-0.0,1 | parameter 'deviation' is '1,-0.0,1' (expected no 0 in it)
            deviation=1 1 1 1  | parameter 'deviation' is '1 1 1 1' (expected one number, or three for red, green and blue, none of them 0)
            scale=3e38         | its parameters 'scale', 'mean' and 'deviation' make numbers that 32 bits cannot hold of grey levels (expected smaller ones)
            scale=3e38/1e38    | its parameters 'scale', 'mean' and 'deviation' make numbers that 32 bits cannot hold of grey levels (expected smaller ones)
            deviation=1e-40    | its parameters 'scale', 'mean' and 'deviation' make numbers that 32 bits cannot hold of grey levels (expected smaller ones)
            scale=1e-20;deviation=1e30   | its parameters 'scale', 'mean' and 'deviation' make numbers that 32 bits cannot hold of grey levels (expected larger ones)
            datatype=FP16;deviation=1e-5 | its parameters 'scale', 'mean' and 'deviation' make numbers that 16 bits cannot hold of grey levels (expected smaller ones)
            datatype=FP16;mean=-65520    | its parameters 'scale', 'mean' and 'deviation' make numbers that 16 bits cannot hold of grey levels (expected smaller ones)
            datatype=FP16;scale=1e-12    | its parameters 'scale', 'mean' and 'deviation' make numbers that 16 bits cannot hold of grey levels (expected larger ones)
            """)
    void of_numbersThatMakeNoTensor_areRefused(String parameters, String text) {
        assertThat(refusal("resize=1x1;" + parameters))
                .isEqualTo("unable to load model 'pixels' with the image backend: " + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "715827883", "9223372036854775808", "1e6", "many", "1.5"})
    void of_maxPixelsThatIsNone_isRefused(String value) {
        assertThat(refusal("resize=1x1;max_pixels=" + value)).endsWith("parameter 'max_pixels' is '" + value
                + "' (expected a whole number from 1 to 715827882)");
    }

    @Test
    void of_nothingButASize_hasTheDefaults() throws Exception {
        ImageSettings settings = settings("resize=2x3");

        assertThat(settings.channelsFirst()).isTrue();
        assertThat(settings.exif()).isFalse();
        assertThat(settings.maxPixels()).isEqualTo(50_000_000);
        assertThat(settings.dims()).isEqualTo(List.of(3L, 2L, 3L));
        assertThat(settings("resize=2x3;layout=NHWC").dims()).isEqualTo(List.of(2L, 3L, 3L));
        assertThat(settings("resize=2x3;max_pixels=715827882").maxPixels()).isEqualTo(715_827_882);
    }

    @Test
    void of_datatypeOfTheOutput_mustNotDiffer() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> ImageSettings.of(RunningModel.config("pixels",
                        "backend: 'image' output { name: 'A' data_type: TYPE_FP16 dims: [ 3, 1, 1 ] }"
                                + parameters("resize=1x1;datatype=FP32"))))
                .withMessageEndingWith("parameter 'datatype' is 'FP32' (expected that of the output, TYPE_FP16)");
    }

    /** Two rows of two pixels, whose colours are 11 12 13, 21 22 23, 31 32 33 and 41 42 43. */
    @ParameterizedTest
    @CsvSource({"true, 11 21 31 41 12 22 32 42 13 23 33 43", "false, 11 12 13 21 22 23 31 32 33 41 42 43"})
    void rows_ofEachLayoutAndDatatype_lieWhereTheyBelong(boolean channelsFirst, String expected) throws Exception {
        byte[][] rows = {{11, 12, 13, 21, 22, 23}, {31, 32, 33, 41, 42, 43}};
        for (DataType type : new DataType[]{DataType.UINT8, DataType.FP16, DataType.FP32}) {
            MemorySegment tensor = TestImages.memory(new byte[12 * type.byteSize()]);
            TensorRows target = new TensorRows(
                    TensorRows.Tables.of(type, settings("resize=1x1;scale=1").values()), new Size(2, 2), channelsFirst,
                    tensor);
            target.row(1, rows[1]);
            target.row(0, rows[0]);

            StringBuilder seen = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                seen.append(i == 0 ? "" : " ").append((int) element(tensor, type, i));
            }
            assertThat(seen).as("%s", type).hasToString(expected);
        }
    }

    private static float element(MemorySegment tensor, DataType type, long index) {
        return switch (type) {
            case FP32 -> tensor.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index);
            case FP16 -> Float.float16ToFloat(tensor.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index));
            default -> tensor.get(ValueLayout.JAVA_BYTE, index);
        };
    }

    private static String refusal(String parameters) {
        InferenceException error = catchThrowableOfType(InferenceException.class, () -> settings(parameters));
        assertThat(error).as(parameters).isNotNull();
        return error.text();
    }

    private static ImageSettings settings(String parameters) throws InferenceException {
        return ImageSettings.of(RunningModel.config("pixels", "backend: 'image' " + parameters(parameters)));
    }

    private static String parameters(String parameters) {
        StringBuilder config = new StringBuilder();
        for (String parameter : parameters.split(";", -1)) {
            if (!parameter.isEmpty()) {
                String[] parts = parameter.split("=", 2);
                config.append(" parameters { key: '").append(parts[0]).append("' value { string_value: '")
                        .append(parts[1]).append("' } }");
            }
        }
        return config.toString();
    }
}
