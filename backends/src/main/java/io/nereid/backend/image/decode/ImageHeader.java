package io.nereid.backend.image.decode;

/**
 * What the head of a file says, before anything is allocated for its pixels.
 *
 * @param format the file's format
 * @param width columns as they are stored, at least 1
 * @param height rows as they are stored, at least 1
 * @param orientation how EXIF says the stored image is to be turned, 1 to 8; 1 where it says nothing
 * @param workBytes memory that decoding takes besides the pixels
 */
public record ImageHeader(ImageFormat format, int width, int height, int orientation, long workBytes) {
    /** How many pixels there are. */
    public long pixels() {
        return (long) width * height;
    }

    /** Bytes of the decoded image. */
    public long rgbBytes() {
        return pixels() * 3;
    }

    /** Bytes that are held while it is decoded. */
    public long decodingBytes() {
        return rgbBytes() + workBytes;
    }
}
