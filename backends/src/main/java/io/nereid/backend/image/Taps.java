package io.nereid.backend.image;

/**
 * How each pixel along one side of a resized image is made of the pixels along the same side of the image: from which
 * on, and of each how much. Those are Pillow's numbers for its bilinear filter (docs/images.md): a triangle, as wide as
 * the shrinking asks for, in fixed point.
 */
final class Taps {
    /** The weights' unit is 1 in so many bits. */
    static final int PRECISION_BITS = 22;

    private final int[] starts;
    private final int[][] weights;

    private Taps(int[] starts, int[][] weights) {
        this.starts = starts;
        this.weights = weights;
    }

    /**
     * Those of {@code count} pixels from number {@code first} on.
     *
     * @param from pixels of the image
     * @param to pixels of the whole resized image
     */
    static Taps of(int from, int to, int first, int count) {
        double scale = (double) from / to;
        double filterScale = Math.max(scale, 1);
        int[] starts = new int[count];
        int[][] weights = new int[count][];
        for (int i = 0; i < count; i++) {
            double center = (first + i + 0.5) * scale;
            int start = Math.max(0, (int) (center - filterScale + 0.5));
            int end = Math.min(from, (int) (center + filterScale + 0.5));
            starts[i] = start;
            weights[i] = fixed(triangle(start, end, center, filterScale));
        }
        return new Taps(starts, weights);
    }

    private static double[] triangle(int start, int end, double center, double filterScale) {
        double inverse = 1.0 / filterScale;
        double[] weights = new double[end - start];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.max(0, 1 - Math.abs((i + start - center + 0.5) * inverse));
            sum += weights[i];
        }
        for (int i = 0; i < weights.length && sum != 0; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    private static int[] fixed(double[] weights) {
        int[] fixed = new int[weights.length];
        for (int i = 0; i < fixed.length; i++) {
            fixed[i] = (int) (0.5 + weights[i] * (1 << PRECISION_BITS));
        }
        return fixed;
    }

    int count() {
        return starts.length;
    }

    /** The first pixel that pixel {@code index} is made of. */
    int start(int index) {
        return starts[index];
    }

    /** How much of each from there on. */
    int[] weights(int index) {
        return weights[index];
    }

    /** The one behind the last pixel that pixel {@code index} is made of. */
    int end(int index) {
        return starts[index] + weights[index].length;
    }
}
