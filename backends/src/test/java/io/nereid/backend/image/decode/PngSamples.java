package io.nereid.backend.image.decode;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** A random image as the samples of a PNG: what its file is, and which pixels Pillow would make of it. */
final class PngSamples {
    /** For each square of eight pixels, the pass in which each of them comes, as the format's standard draws it. */
    private static final String[] PASSES = {"16462646", "77777777", "56565656", "77777777", "36463646", "77777777",
            "56565656", "77777777"};

    private final int width;
    private final int height;
    private final int depth;
    private final int color;
    private final boolean interlaced;
    /** Of each pixel, row by row. */
    private final int[] samples;
    /** Red, green and blue of each index. */
    private final byte[] palette;

    PngSamples(Random random, int width, int height, int depth, int color, boolean interlaced) {
        this.width = width;
        this.height = height;
        this.depth = depth;
        this.color = color;
        this.interlaced = interlaced;
        this.samples = random.ints((long) width * height * channels(color), 0, 1 << depth).toArray();
        this.palette = new byte[3 << Math.min(depth, 8)];
        random.nextBytes(palette);
    }

    private static int channels(int color) {
        return color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
    }

    /** The file, its rows by random filters. */
    byte[] file(Random random) {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        for (char pass = interlaced ? '1' : '0'; pass <= (interlaced ? '7' : '0'); pass++) {
            byte[] above = {};
            for (int y = 0; y < height; y++) {
                byte[] row = packed(y, pass);
                if (row.length > 0) {
                    int filter = random.nextInt(5);
                    rows.write(filter);
                    rows.writeBytes(filtered(filter, row, above.length == 0 ? new byte[row.length] : above));
                    above = row;
                }
            }
        }
        PngFile file = new PngFile().head(width, height, depth, color, interlaced ? 1 : 0);
        return (color == 3 ? file.chunk("PLTE", palette) : file)
                .chunk("IDAT", PngFile.deflated(rows.toByteArray())).end().bytes();
    }

    /** The samples of those pixels of a row that come in a pass, most significant bits first. */
    private byte[] packed(int y, char pass) {
        StringBuilder bits = new StringBuilder();
        for (int x = 0; x < width; x++) {
            if (!interlaced || PASSES[y & 7].charAt(x & 7) == pass) {
                for (int i = 0; i < channels(color); i++) {
                    int sample = samples[(y * width + x) * channels(color) + i];
                    bits.append(Integer.toBinaryString((1 << depth) | sample), 1, depth + 1);
                }
            }
        }
        bits.repeat('0', -bits.length() & 7);
        byte[] row = new byte[bits.length() / 8];
        for (int i = 0; i < row.length; i++) {
            row[i] = (byte) Integer.parseInt(bits, 8 * i, 8 * i + 8, 2);
        }
        return row;
    }

    private byte[] filtered(int filter, byte[] row, byte[] above) {
        int step = Math.max(1, channels(color) * depth / 8);
        byte[] filtered = new byte[row.length];
        for (int i = 0; i < row.length; i++) {
            int left = i < step ? 0 : Byte.toUnsignedInt(row[i - step]);
            int up = Byte.toUnsignedInt(above[i]);
            int corner = i < step ? 0 : Byte.toUnsignedInt(above[i - step]);
            int guess = switch (filter) {
                case 1 -> left;
                case 2 -> up;
                case 3 -> (left + up) / 2;
                case 4 -> paeth(left, up, corner);
                default -> 0;
            };
            filtered[i] = (byte) (row[i] - guess);
        }
        return filtered;
    }

    private static int paeth(int left, int up, int corner) {
        int guess = left + up - corner;
        int nearest = left;
        for (int candidate : new int[]{up, corner}) {
            nearest = Math.abs(guess - candidate) < Math.abs(guess - nearest) ? candidate : nearest;
        }
        return nearest;
    }

    /** What {@code convert("RGB")} gives. */
    byte[] rgb() {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            int pixel = i / 3 * channels(color);
            rgb[i] = (byte) switch (color) {
                case 0 -> depth == 16 ? Math.min(255, samples[pixel]) : samples[pixel] * 255 / ((1 << depth) - 1);
                case 2, 6 -> samples[pixel + i % 3] >> (depth - 8);
                case 3 -> palette[3 * samples[pixel] + i % 3];
                default -> samples[pixel] >> (depth - 8);
            };
        }
        return rgb;
    }
}
