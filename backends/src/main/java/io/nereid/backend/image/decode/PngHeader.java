package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;

import java.util.zip.CRC32;

/**
 * The first chunk of a PNG.
 *
 * @param width columns
 * @param height rows
 * @param bitDepth bits of a sample, 1 to 16
 * @param colorType 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha
 * @param interlaced whether the rows come in Adam7's seven passes
 */
record PngHeader(int width, int height, int bitDepth, int colorType, boolean interlaced) {
    static final int GREY = 0;
    static final int RGB = 2;
    static final int PALETTE = 3;
    static final int GREY_ALPHA = 4;
    static final int RGB_ALPHA = 6;
    /** Where the chunks begin. */
    static final long SIGNATURE_BYTES = 8;
    private static final long BYTES = 13;

    static PngHeader read(FileBytes file) throws InferenceException {
        if (!file.has(SIGNATURE_BYTES + 4, "IHDR")) {
            throw file.size() < SIGNATURE_BYTES + 8 ? file.endsEarly() : file.wrong("that has no IHDR chunk");
        }
        long at = SIGNATURE_BYTES + 8;
        if (file.u32Big(SIGNATURE_BYTES) != BYTES) {
            throw file.wrong("whose IHDR chunk has " + file.u32Big(SIGNATURE_BYTES) + " bytes (expected 13)");
        }
        long width = file.u32Big(at);
        long height = file.u32Big(at + 4);
        if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw file.wrong("of " + width + "x" + height + " pixels");
        }
        int depth = file.u8(at + 8);
        int colorType = file.u8(at + 9);
        int interlace = file.u8(at + 12);
        if (!isKnown(depth, colorType) || file.u8(at + 10) != 0 || file.u8(at + 11) != 0 || interlace > 1) {
            throw file.wrong("of bit depth " + depth + ", colour type " + colorType + " and interlace method "
                    + interlace + ", which the format does not have");
        }
        requireChecksum(file, SIGNATURE_BYTES, "IHDR");
        return new PngHeader((int) width, (int) height, depth, colorType, interlace == 1);
    }

    /**
     * Checks that a small chunk is what was written: what it says decides over all pixels. As in Pillow, the data of
     * the pixels themselves need not have the right checksum.
     */
    static void requireChecksum(FileBytes file, long chunk, String type) throws InferenceException {
        long length = file.u32Big(chunk);
        CRC32 checksum = new CRC32();
        checksum.update(file.slice(chunk + 4, 4 + length).asByteBuffer());
        if (file.u32Big(chunk + 8 + length) != checksum.getValue()) {
            throw file.wrong("whose " + type + " chunk is damaged: its checksum is another one");
        }
    }

    private static boolean isKnown(int depth, int colorType) {
        boolean small = depth == 1 || depth == 2 || depth == 4;
        return switch (colorType) {
            case GREY -> small || depth == 8 || depth == 16;
            case PALETTE -> small || depth == 8;
            case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
            default -> false;
        };
    }

    int samplesPerPixel() {
        return switch (colorType) {
            case RGB -> 3;
            case GREY_ALPHA -> 2;
            case RGB_ALPHA -> 4;
            default -> 1;
        };
    }

    int bitsPerPixel() {
        return samplesPerPixel() * bitDepth;
    }

    /** Bytes of a row of so many pixels, without the byte that names its filter. */
    long rowBytes(int columns) {
        return ((long) columns * bitsPerPixel() + 7) / 8;
    }
}
