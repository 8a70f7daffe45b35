package io.nereid.bench.load.soak;

/** How fast something grows that is looked at again and again. */
final class Slope {
    private Slope() {}

    /**
     * What the values grow by from one to the next, by the straight line that fits them best (least squares).
     *
     * @param values two at least
     */
    static double of(long... values) {
        if (values.length < 2) {
            throw new IllegalArgumentException("got " + values.length + " values (expected 2 or more)");
        }
        double middle = (values.length - 1) / 2.0;
        double products = 0;
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            products += (i - middle) * values[i];
            squares += (i - middle) * (i - middle);
        }
        return products / squares;
    }
}
