package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

/**
 * What the chunks of a WebP say.
 *
 * @param width columns
 * @param height rows
 * @param orientation as EXIF says it
 * @param frame the first frame of an animation; null for a still image
 */
record WebPHeader(int width, int height, int orientation, @Nullable Frame frame) {
    private static final long RIFF_HEAD = 12;
    private static final int ANIMATION = 2;

    /**
     * A frame of an animation.
     *
     * @param x its first column in the image
     * @param y its first row in the image
     * @param width its columns
     * @param height its rows
     * @param at where its data lies
     * @param length how long that is
     */
    record Frame(int x, int y, int width, int height, long at, long length) {}

    static WebPHeader read(FileBytes file) throws InferenceException {
        if (file.u32Little(4) + 8 > file.size()) {
            throw file.endsEarly();
        }
        if (file.has(RIFF_HEAD, "VP8X")) {
            return extended(file);
        }
        if (file.has(RIFF_HEAD, "VP8L")) {
            long bits = file.u32Little(RIFF_HEAD + 9);
            return still(file, (int) (bits & 0x3fff) + 1, (int) ((bits >> 14) & 0x3fff) + 1);
        }
        if (file.has(RIFF_HEAD, "VP8 ")) {
            return still(file, file.u16Little(RIFF_HEAD + 14) & 0x3fff, file.u16Little(RIFF_HEAD + 16) & 0x3fff);
        }
        throw file.wrong("that begins with no image");
    }

    private static WebPHeader still(FileBytes file, int width, int height) throws InferenceException {
        if (width == 0 || height == 0) {
            throw file.wrong("of " + width + "x" + height + " pixels");
        }
        return new WebPHeader(width, height, ExifOrientation.AS_STORED, null);
    }

    private static WebPHeader extended(FileBytes file) throws InferenceException {
        boolean animated = (file.u8(RIFF_HEAD + 8) & ANIMATION) != 0;
        int width = u24(file, RIFF_HEAD + 12) + 1;
        int height = u24(file, RIFF_HEAD + 15) + 1;
        Frame frame = null;
        int orientation = ExifOrientation.AS_STORED;
        long chunk = RIFF_HEAD;
        while (chunk + 8 <= file.size()) {
            long length = file.u32Little(chunk + 4);
            if (frame == null && animated && file.has(chunk, "ANMF")) {
                frame = frame(file, chunk + 8, length);
            } else if (file.has(chunk, "EXIF")) {
                long start = chunk + 8 + (file.has(chunk + 8, "Exif\0\0") ? 6 : 0);
                orientation = ExifOrientation.read(file, start);
            }
            chunk += 8 + length + (length & 1);
        }
        if (animated && (frame == null || frame.x() + frame.width() > width || frame.y() + frame.height() > height)) {
            throw file.wrong("whose first frame is missing or lies outside of the image");
        }
        return new WebPHeader(width, height, orientation, frame);
    }

    private static Frame frame(FileBytes file, long at, long length) throws InferenceException {
        if (length < 16) {
            throw file.wrong("whose first frame is damaged");
        }
        return new Frame(2 * u24(file, at), 2 * u24(file, at + 3), u24(file, at + 6) + 1, u24(file, at + 9) + 1,
                at + 16, length - 16);
    }

    private static int u24(FileBytes file, long at) throws InferenceException {
        return file.u16Little(at) | (file.u8(at + 2) << 16);
    }
}
