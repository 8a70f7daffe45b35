package io.nereid.backend.image.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes a PNG chunk by chunk, whether they make sense or not. */
final class PngFile {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PngFile() {
        out.writeBytes(SIGNATURE);
    }

    /** A chunk with its checksum. */
    PngFile chunk(String type, byte... data) {
        return chunk(data.length, type, data);
    }

    /** A chunk that says it has {@code length} bytes. */
    PngFile chunk(int length, String type, byte... data) {
        byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
        return this;
    }

    PngFile head(int width, int height, int depth, int color, int interlace) {
        return head(width, height, depth, color, 0, 0, interlace);
    }

    PngFile head(int width, int height, int depth, int color, int compression, int filter, int interlace) {
        return chunk("IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) depth).put((byte) color)
                .put((byte) compression).put((byte) filter).put((byte) interlace).array());
    }

    PngFile end() {
        return chunk("IEND");
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Rows, each behind the number of its filter, as a chunk of image data holds them. */
    static byte[] deflated(byte... rows) {
        try (Deflater deflater = new Deflater()) {
            deflater.setInput(rows);
            deflater.finish();
            ByteArrayOutputStream deflated = new ByteArrayOutputStream();
            byte[] part = new byte[1024];
            while (!deflater.finished()) {
                deflated.write(part, 0, deflater.deflate(part));
            }
            return deflated.toByteArray();
        }
    }
}
