package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;

/**
 * The two heads of a BMP.
 *
 * @param width columns
 * @param height rows
 * @param topDown whether the first row stored is the top one
 * @param bits of a pixel: 1, 4, 8, 16, 24 or 32
 * @param inRuns whether equal pixels are stored together
 * @param masks which bits of a pixel of 16 or 32 bits are red, green and blue
 * @param colorsAt where the palette begins
 * @param colors how many colours it has
 * @param colorBytes bytes of one of them, 3 or 4: blue, green, red
 * @param pixelsAt where the rows begin
 */
record BmpHeader(int width, int height, boolean topDown, int bits, boolean inRuns, Masks masks, long colorsAt,
        int colors,
        int colorBytes, long pixelsAt) {
    /** The size of the head of OS/2, whose numbers are short. */
    private static final long CORE = 12;
    private static final long INFO = 40;
    private static final long FILE_HEAD = 14;
    private static final int RUNS_OF_8 = 1;
    private static final int RUNS_OF_4 = 2;
    private static final int BITFIELDS = 3;
    private static final int ALPHA_BITFIELDS = 6;
    private static final Masks BITS_15 = new Masks(0x7c00, 0x3e0, 0x1f);
    private static final Masks BITS_24 = new Masks(0xff0000, 0xff00, 0xff);

    /** The bits of each colour, side by side. */
    record Masks(int red, int green, int blue) {
        boolean isPossible() {
            return isPossible(red) && isPossible(green) && isPossible(blue);
        }

        private static boolean isPossible(int mask) {
            int low = mask >>> Integer.numberOfTrailingZeros(mask);
            return mask != 0 && (low & (low + 1)) == 0 && low <= 0xff;
        }
    }

    static BmpHeader read(FileBytes file) throws InferenceException {
        long size = file.u32Little(FILE_HEAD);
        if (size != CORE && size < INFO) {
            throw file.wrong("with a head of " + size + " bytes (expected 12, or 40 and more)");
        }
        boolean core = size == CORE;
        long at = FILE_HEAD + 4;
        long width = core ? file.u16Little(at) : file.i32Little(at);
        long height = core ? file.u16Little(at + 2) : file.i32Little(at + 4);
        if (width < 1 || height == 0 || Math.abs(height) > Integer.MAX_VALUE) {
            throw file.wrong("of " + width + "x" + height + " pixels");
        }
        int bits = file.u16Little(core ? at + 6 : at + 10);
        int compression = core ? 0 : file.i32Little(at + 12);
        long colors = core || file.u32Little(at + 28) == 0 ? 1L << Math.min(bits, 8) : file.u32Little(at + 28);
        Masks masks = masks(file, bits, compression);
        long colorsAt = FILE_HEAD + size + (size == INFO && compression == BITFIELDS ? CORE : 0);
        return new BmpHeader((int) width, (int) Math.abs(height), height < 0, bits,
                compression == RUNS_OF_8 || compression == RUNS_OF_4, masks, colorsAt,
                (int) Math.min(colors, 256), core ? 3 : 4, file.u32Little(10));
    }

    private static Masks masks(FileBytes file, int bits, int compression) throws InferenceException {
        if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
            throw file.wrong("of " + bits + " bits per pixel (expected 1, 4, 8, 16, 24 or 32)");
        }
        boolean given = compression == BITFIELDS || compression == ALPHA_BITFIELDS;
        boolean runs = (compression == RUNS_OF_8 && bits == 8) || (compression == RUNS_OF_4 && bits == 4);
        if (compression != 0 && !runs && !(given && (bits == 16 || bits == 32))) {
            throw file.wrong("of compression " + compression + " with " + bits
                    + " bits per pixel (expected none, or runs of 4 or 8 bits)");
        }
        if (!given) {
            return bits == 16 ? BITS_15 : BITS_24;
        }
        long at = FILE_HEAD + INFO;
        Masks masks = new Masks(file.i32Little(at), file.i32Little(at + 4), file.i32Little(at + 8));
        if (!masks.isPossible()) {
            throw file.wrong("whose colours have the bits %x, %x and %x of a pixel".formatted(masks.red(),
                    masks.green(), masks.blue()));
        }
        return masks;
    }

    /** Bytes of a row, which are a multiple of four. */
    long rowBytes() {
        return ((long) width * bits + 31) / 32 * 4;
    }
}
