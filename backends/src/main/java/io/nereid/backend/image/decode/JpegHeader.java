package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;

/**
 * What the segments of a JPEG say before its first scan.
 *
 * @param width columns
 * @param height rows
 * @param components 1 grey, 3 colour, 4 CMYK
 * @param wholeCoefficients whether the decoder has to hold the coefficients of the whole image, as of a progressive one
 * @param orientation as EXIF says it
 * @param adobeTransform what Adobe's segment says of the colours; -1 where there is none
 * @param scanAt where the first scan begins
 */
record JpegHeader(int width, int height, int components, boolean wholeCoefficients, int orientation,
        int adobeTransform, long scanAt) {
    /** Adobe's number for CMYK that is stored as luminance and chrominance. */
    static final int YCCK = 2;
    private static final int START_OF_SCAN = 0xda;
    private static final int APP1 = 0xe1;
    private static final int APP14 = 0xee;
    private static final int END = 0xd9;

    /** Memory that decoding takes besides the pixels: two bytes for a coefficient, or some rows. */
    long workBytes() {
        long columns = (width + 15L) & -16;
        long rows = wholeCoefficients ? (height + 15L) & -16 : 64;
        return columns * rows * components * 2;
    }

    static JpegHeader read(FileBytes file) throws InferenceException {
        return new Reader(file).read();
    }

    /** Goes through the segments. */
    private static final class Reader {
        private final FileBytes file;
        private int width;
        private int height;
        private int components;
        private boolean progressive;
        private int orientation = ExifOrientation.AS_STORED;
        private int adobeTransform = -1;

        Reader(FileBytes file) {
            this.file = file;
        }

        JpegHeader read() throws InferenceException {
            long at = 2;
            while (true) {
                int marker = marker(at);
                if (marker == 0xff) { // fill
                    at++;
                    continue;
                }
                at += 2;
                if (marker == START_OF_SCAN) {
                    return header(file.u8(at + 2), at);
                }
                if (marker == END) {
                    throw file.wrong("that has no image in it");
                }
                if (marker != 1 && (marker < 0xd0 || marker > 0xd8)) { // those stand alone
                    segment(marker, at);
                    at += file.u16Big(at);
                }
            }
        }

        private int marker(long at) throws InferenceException {
            if (file.u8(at) != 0xff) {
                throw file.wrong("whose segments are damaged");
            }
            int marker = file.u8(at + 1);
            if (marker == 0) { // decoders go on behind it where they find a marker, and may find another frame
                throw file.wrong("whose segments are damaged");
            }
            return marker;
        }

        private void segment(int marker, long at) throws InferenceException {
            if (file.u16Big(at) < 2) {
                throw file.wrong("whose segments are damaged");
            }
            if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                frame(marker, at);
            } else if (marker == APP1 && file.has(at + 2, "Exif\0\0")) {
                orientation = ExifOrientation.read(file, at + 8);
            } else if (marker == APP14 && file.has(at + 2, "Adobe") && file.u16Big(at) >= 14) {
                adobeTransform = file.u8(at + 13);
            }
        }

        private void frame(int marker, long at) throws InferenceException {
            int precision = file.u8(at + 2);
            height = file.u16Big(at + 3);
            width = file.u16Big(at + 5);
            components = file.u8(at + 7);
            progressive = (marker & 3) == 2;
            if (precision != 8 || (marker & 3) == 3) {
                throw file
                        .wrong("of " + precision + " bits, or without loss (expected 8 bits, baseline or progressive)");
            }
            if (width == 0 || height == 0) {
                throw file.wrong("of " + width + "x" + height + " pixels");
            }
            if (components != 1 && components != 3 && components != 4) {
                throw file.wrong("of " + components + " components (expected 1, 3 or 4)");
            }
        }

        private JpegHeader header(int scanComponents, long scanAt) throws InferenceException {
            if (components == 0) {
                throw file.wrong("whose segments are damaged");
            }
            return new JpegHeader(width, height, components, progressive || scanComponents < components, orientation,
                    adobeTransform, scanAt);
        }
    }
}
