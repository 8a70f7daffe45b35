package io.nereid.backend.image.decode;

import java.util.Arrays;

/**
 * Makes RGB of the samples of a PNG as Pillow does: alpha is dropped, of 16 bits the upper 8 are taken, but for grey
 * without alpha, which is cut at 255. Not thread-safe.
 */
final class PngPixels {
    private final PngHeader header;
    private final byte[] palette;

    /** @param palette RGB for each index; what is missing is black */
    PngPixels(PngHeader header, byte[] palette) {
        this.header = header;
        this.palette = Arrays.copyOf(palette, 3 << 8);
    }

    /** The first {@code count} pixels of the row {@code samples} as RGB. */
    void convert(byte[] samples, int count, byte[] rgb) {
        switch (header.colorType()) {
            case PngHeader.GREY -> grey(samples, count, rgb);
            case PngHeader.PALETTE -> paletted(samples, count, rgb);
            case PngHeader.GREY_ALPHA -> greyAlpha(samples, count, rgb);
            default -> color(samples, count, rgb);
        }
    }

    private void grey(byte[] samples, int count, byte[] rgb) {
        int depth = header.bitDepth();
        int scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
        for (int x = 0; x < count; x++) {
            int value = depth == 16 ? cut(samples, x) : sample(samples, x, depth) * scale;
            Arrays.fill(rgb, 3 * x, 3 * x + 3, (byte) value);
        }
    }

    private static int cut(byte[] samples, int x) {
        return samples[2 * x] != 0 ? 255 : samples[2 * x + 1];
    }

    private static int sample(byte[] samples, int x, int depth) {
        int bit = x * depth;
        int shift = 8 - depth - (bit & 7);
        return ((samples[bit >> 3] & 0xff) >> shift) & ((1 << depth) - 1);
    }

    private void paletted(byte[] samples, int count, byte[] rgb) {
        for (int x = 0; x < count; x++) {
            System.arraycopy(palette, 3 * sample(samples, x, header.bitDepth()), rgb, 3 * x, 3);
        }
    }

    private void greyAlpha(byte[] samples, int count, byte[] rgb) {
        int step = header.bitDepth() / 4;
        for (int x = 0; x < count; x++) {
            Arrays.fill(rgb, 3 * x, 3 * x + 3, samples[step * x]);
        }
    }

    private void color(byte[] samples, int count, byte[] rgb) {
        int bytes = header.bitDepth() / 8;
        int step = header.samplesPerPixel() * bytes;
        for (int x = 0; x < count; x++) {
            rgb[3 * x] = samples[step * x];
            rgb[3 * x + 1] = samples[step * x + bytes];
            rgb[3 * x + 2] = samples[step * x + 2 * bytes];
        }
    }
}
