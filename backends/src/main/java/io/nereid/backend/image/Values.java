package io.nereid.backend.image;

import io.nereid.modelrepo.config.DataType;

import java.util.List;

/**
 * What becomes of a grey level: {@code (level * numerator / denominator - mean) / deviation}, in 32-bit floats, in that
 * order, as torchvision computes it.
 *
 * @param numerator multiplies
 * @param denominator divides
 * @param mean of red, green and blue
 * @param deviation of red, green and blue
 */
record Values(float numerator, float denominator, List<Float> mean, List<Float> deviation) {
    private static final int LEVELS = 256;

    Values {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
    }

    /** The value of each level, for each colour. */
    float[][] table() {
        float[][] table = new float[3][LEVELS];
        for (int c = 0; c < table.length; c++) {
            for (int level = 0; level < LEVELS; level++) {
                table[c][level] = (level * numerator / denominator - mean.get(c)) / deviation.get(c);
            }
        }
        return table;
    }

    /** Whether each level has a value that 32 bits hold, or 16 of FP16. */
    boolean isFinite(DataType dataType) {
        for (float[] color : table()) {
            for (float value : color) {
                if (!Float.isFinite(held(value, dataType))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether no value of a colour is anything but 0 in so many bits. */
    boolean isZero(DataType dataType) {
        for (float[] color : table()) {
            boolean zero = true;
            for (float value : color) {
                zero &= held(value, dataType) == 0;
            }
            if (zero) {
                return true;
            }
        }
        return false;
    }

    private static float held(float value, DataType dataType) {
        return dataType == DataType.FP16 ? Float.float16ToFloat(Float.floatToFloat16(value)) : value;
    }
}
