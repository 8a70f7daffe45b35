package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Reads the rows of a PNG one after the other: inflates them and undoes their filters. Not thread-safe. */
final class PngRows implements AutoCloseable {
    private final FileBytes file;
    private final Inflater inflater = new Inflater();
    /** Bytes from a sample to the same one of the pixel before it. */
    private final int step;
    private final byte[] filter = new byte[1];
    private byte[] current;
    private byte[] previous;
    /** The next chunk to take. */
    private long chunk;

    /** @param chunk where the first chunk of image data begins */
    PngRows(FileBytes file, PngHeader header, long chunk) {
        this.file = file;
        this.chunk = chunk;
        this.step = Math.max(1, header.bitsPerPixel() / 8);
        int longest = (int) header.rowBytes(header.width());
        this.current = new byte[longest];
        this.previous = new byte[longest];
    }

    /** Begins a pass: there is no row above its first one. */
    void beginPass() {
        Arrays.fill(current, (byte) 0);
    }

    /** The next row of {@code length} bytes, of use until the next call. */
    byte[] next(int length) throws InferenceException {
        byte[] above = current;
        current = previous;
        previous = above;
        inflate(filter, 1);
        inflate(current, length);
        unfilter(length);
        return current;
    }

    private void inflate(byte[] target, int length) throws InferenceException {
        int filled = 0;
        try {
            while (filled < length) {
                int count = inflater.inflate(target, filled, length - filled);
                filled += count;
                if (count == 0) {
                    if (inflater.finished() || inflater.needsDictionary()) {
                        throw file.wrong("whose data has fewer rows than its head says");
                    }
                    feed();
                }
            }
        } catch (DataFormatException _) {
            throw file.wrong("whose compressed data is damaged");
        }
    }

    /** Gives the next chunk of image data to the inflater; they all follow each other. */
    private void feed() throws InferenceException {
        long length = file.u32Big(chunk);
        if (!file.has(chunk + 4, "IDAT")) {
            throw file.endsEarly();
        }
        long available = Math.min(length, file.size() - chunk - 8);
        inflater.setInput(file.slice(chunk + 8, available).asByteBuffer());
        chunk += 12 + length;
    }

    private void unfilter(int length) throws InferenceException {
        switch (filter[0]) {
            case 0 -> {
            }
            case 1 -> addLeft(length);
            case 2 -> addAbove(length);
            case 3 -> addAverage(length);
            case 4 -> addPaeth(length);
            default ->
                throw file.wrong("with a row of filter " + (filter[0] & 0xff) + ", which the format does not have");
        }
    }

    private void addLeft(int length) {
        for (int i = step; i < length; i++) {
            current[i] += current[i - step];
        }
    }

    private void addAbove(int length) {
        for (int i = 0; i < length; i++) {
            current[i] += previous[i];
        }
    }

    private void addAverage(int length) {
        for (int i = 0; i < length; i++) {
            int left = i < step ? 0 : current[i - step] & 0xff;
            current[i] += (byte) ((left + (previous[i] & 0xff)) >> 1);
        }
    }

    private void addPaeth(int length) {
        for (int i = 0; i < length; i++) {
            int left = i < step ? 0 : current[i - step] & 0xff;
            int corner = i < step ? 0 : previous[i - step] & 0xff;
            current[i] += (byte) nearest(left, previous[i] & 0xff, corner);
        }
    }

    /** The neighbour that is nearest to {@code left + above - corner}. */
    private static int nearest(int left, int above, int corner) {
        int toLeft = Math.abs(above - corner);
        int toAbove = Math.abs(left - corner);
        int toCorner = Math.abs(left + above - 2 * corner);
        if (toLeft <= toAbove && toLeft <= toCorner) {
            return left;
        }
        return toAbove <= toCorner ? above : corner;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
