package io.nereid.backend.image;

import io.nereid.backend.KnownParameters;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model's parameters say (docs/images.md).
 *
 * @param resize the first step
 * @param size of the result: what is cut out of the middle of the resized image, or all of it
 * @param values what becomes of grey levels; of no effect where the output is UINT8
 * @param channelsFirst whether the tensor has all of one colour behind each other
 * @param dataType of the output
 * @param exif whether an image is turned as EXIF says
 * @param maxPixels of an image, as it is stored
 */
record ImageSettings(Resize resize, Size size, Values values, boolean channelsFirst, DataType dataType, boolean exif,
        long maxPixels) {
    static final String BACKEND = "image";
    private static final String RESIZE = "resize";
    private static final String CROP = "crop";
    private static final String SCALE = "scale";
    private static final String MEAN = "mean";
    private static final String DEVIATION = "deviation";
    private static final String LAYOUT = "layout";
    private static final String DATATYPE = "datatype";
    private static final String EXIF_ORIENTATION = "exif_orientation";
    private static final String MAX_PIXELS = "max_pixels";
    private static final List<String> NAMES = List.of(RESIZE, CROP, SCALE, MEAN, DEVIATION, LAYOUT, DATATYPE,
            EXIF_ORIENTATION, MAX_PIXELS);
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})(?:\\s*x\\s*(\\d{1,5}))?");
    private static final Pattern FRACTION = Pattern.compile("([^/]+)(?:/([^/]+))?");
    private static final int MAX_SIDE = 16_384;
    /** A square of 7,071: about what the largest cameras make, and 150 MB when decoded. */
    private static final long DEFAULT_MAX_PIXELS = 50_000_000;

    /** @throws InferenceException INVALID_ARG if a parameter is unknown, missing or wrong */
    static ImageSettings of(ModelConfig config) throws InferenceException {
        return new Reader(config, KnownParameters.of(config, BACKEND, NAMES)).read();
    }

    private record Reader(ModelConfig config, KnownParameters parameters) {
        ImageSettings read() throws InferenceException {
            if (parameters.text(RESIZE) == null) {
                throw parameters.unable("it has no parameter 'resize' (expected HEIGHTxWIDTH, or one number for the"
                        + " shorter side)");
            }
            Matcher matched = size(RESIZE, "HEIGHTxWIDTH, or one number for the shorter side, up to " + MAX_SIDE);
            Resize resize = matched.group(2) == null ? new Resize.ShorterSide(Integer.parseInt(matched.group(1)))
                    : new Resize.Exact(twoSides(matched));
            DataType dataType = dataType();
            return new ImageSettings(resize, resultSize(resize), values(dataType),
                    parameters.choice(LAYOUT, List.of("NCHW", "NHWC")).equals("NCHW"), dataType,
                    parameters.choice(EXIF_ORIENTATION, List.of("ignore", "apply")).equals("apply"),
                    parameters.number(MAX_PIXELS, DEFAULT_MAX_PIXELS, 1, Integer.MAX_VALUE / 3));
        }

        private Matcher size(String name, String expected) throws InferenceException {
            Matcher matched = SIZE.matcher(String.valueOf(parameters.text(name)));
            if (!matched.matches() || !isSide(matched.group(1))
                    || (matched.group(2) != null && !isSide(matched.group(2)))) {
                throw parameters.wrong(name, expected);
            }
            return matched;
        }

        private static boolean isSide(String text) {
            int side = Integer.parseInt(text);
            return side >= 1 && side <= MAX_SIDE;
        }

        /** One number is both sides. */
        private static Size twoSides(Matcher matched) {
            int height = Integer.parseInt(matched.group(1));
            return new Size(height, matched.group(2) == null ? height : Integer.parseInt(matched.group(2)));
        }

        private Size resultSize(Resize resize) throws InferenceException {
            if (parameters.text(CROP) == null) {
                return switch (resize) {
                    case Resize.Exact(Size size) -> size;
                    case Resize.ShorterSide(int side) -> throw parameters.unable("parameter 'resize' is '" + side
                            + "', the shorter side, so that images have different sizes (expected a parameter 'crop'"
                            + " too, or HEIGHTxWIDTH)");
                };
            }
            Size largest = switch (resize) {
                case Resize.Exact(Size size) -> size;
                case Resize.ShorterSide(int side) -> new Size(side, side);
            };
            String expected = "HEIGHTxWIDTH, or one number for both, at most " + largest.height() + "x"
                    + largest.width() + " after 'resize'";
            Size crop = twoSides(size(CROP, expected));
            if (crop.height() > largest.height() || crop.width() > largest.width()) {
                throw parameters.wrong(CROP, expected);
            }
            return crop;
        }

        /** What the output says, or the parameter where there is no output. */
        private DataType dataType() throws InferenceException {
            DataType named = DataType.valueOf(parameters.choice(DATATYPE, List.of("FP32", "FP16", "UINT8")));
            if (config.outputs().isEmpty()) {
                return named;
            }
            DataType configured = config.outputs().getFirst().dataType();
            if (parameters.text(DATATYPE) != null && configured != named) {
                throw parameters.wrong(DATATYPE, "that of the output, " + configured.configName());
            }
            if (configured != DataType.FP32 && configured != DataType.FP16 && configured != DataType.UINT8) {
                throw parameters.unable("output '" + config.outputs().getFirst().name() + "' has data_type "
                        + configured.configName() + " (expected TYPE_FP32, TYPE_FP16 or TYPE_UINT8)");
            }
            return configured;
        }

        private Values values(DataType dataType) throws InferenceException {
            if (dataType == DataType.UINT8) {
                for (String name : List.of(SCALE, MEAN, DEVIATION)) {
                    if (parameters.text(name) != null) {
                        throw parameters.wrong(name, "none: an output of UINT8 has the grey levels themselves");
                    }
                }
            }
            List<Float> mean = colors(MEAN, 0, "one number, or three for red, green and blue");
            List<Float> deviation = colors(DEVIATION, 1,
                    "one number, or three for red, green and blue, none of them 0");
            if (deviation.stream().anyMatch(color -> color == 0)) { // -0 too
                throw parameters.wrong(DEVIATION, "no 0 in it");
            }
            String scale = parameters.text(SCALE) == null ? "1/255" : String.valueOf(parameters.text(SCALE));
            Matcher fraction = FRACTION.matcher(scale);
            String expected = "a number as 0.00392 or 1/255, not 0";
            float numerator = fraction.matches() ? number(fraction.group(1)) : 0;
            float denominator = fraction.matches() && fraction.group(2) != null ? number(fraction.group(2)) : 1;
            if (!Float.isFinite(numerator / denominator) || numerator / denominator == 0) {
                throw parameters.wrong(SCALE, expected);
            }
            Values values = new Values(numerator, denominator, mean, deviation);
            if (!values.isFinite(dataType) || values.isZero(dataType)) {
                throw parameters.unable("its parameters 'scale', 'mean' and 'deviation' make numbers that "
                        + (dataType == DataType.FP16 ? 16 : 32) + " bits cannot hold of grey levels (expected "
                        + (values.isFinite(dataType) ? "larger" : "smaller") + " ones)");
            }
            return values;
        }

        private List<Float> colors(String name, float otherwise, String expected) throws InferenceException {
            String text = parameters.text(name);
            if (text == null) {
                return Collections.nCopies(3, otherwise);
            }
            List<Float> colors = new ArrayList<>();
            for (String part : text.split("[,\\s]+", -1)) {
                colors.add(number(part));
            }
            if (colors.stream().anyMatch(color -> !Float.isFinite(color))
                    || (colors.size() != 1 && colors.size() != 3)) {
                throw parameters.wrong(name, expected);
            }
            return colors.size() == 3 ? colors : Collections.nCopies(3, colors.getFirst());
        }

        /** NaN for what is no number. */
        private static float number(String text) {
            try {
                return Float.parseFloat(text.strip());
            } catch (NumberFormatException _) {
                return Float.NaN;
            }
        }
    }

    /** The dimensions of the output, without the batch. */
    List<Long> dims() {
        long height = size.height();
        long width = size.width();
        return channelsFirst ? List.of(3L, height, width) : List.of(height, width, 3L);
    }

    /** The part of an image that is wanted, the middle; of a half, the even one, as torchvision does. */
    Window window(int imageWidth, int imageHeight) {
        Size resized = resize.of(imageWidth, imageHeight);
        return new Window(resized.width(), resized.height(), middle(resized.width(), size.width()),
                middle(resized.height(), size.height()), size.width(), size.height());
    }

    private static int middle(int whole, int part) {
        return (int) Math.rint((whole - part) / 2.0);
    }
}
