package io.nereid.backend.image.decode;

/** Turns CMYK into RGB as Pillow does: without a colour profile, rounded. Stateless. */
final class Cmyk {
    private Cmyk() {}

    /**
     * Converts pixels as Adobe's programs store them, inverted.
     *
     * @param cmyk four bytes each
     * @param count how many
     * @param rgb gets three bytes each
     */
    static void invertedToRgb(byte[] cmyk, int count, byte[] rgb) {
        for (int x = 0; x < count; x++) {
            int white = cmyk[4 * x + 3] & 0xff;
            for (int c = 0; c < 3; c++) {
                int ink = 255 - (cmyk[4 * x + c] & 0xff);
                rgb[3 * x + c] = (byte) Math.max(0, white - product(ink, white));
            }
        }
    }

    /** {@code a * b / 255}, rounded. */
    private static int product(int a, int b) {
        int rounded = a * b + 128;
        return ((rounded >> 8) + rounded) >> 8;
    }
}
