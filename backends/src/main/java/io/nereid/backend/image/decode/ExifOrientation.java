package io.nereid.backend.image.decode;

import io.nereid.inference.InferenceException;

/** Finds how an image is to be turned in the EXIF data of its file. Stateless. */
final class ExifOrientation {
    static final int AS_STORED = 1;
    private static final int TAG = 0x112;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;
    private static final int MAX = 8;

    private ExifOrientation() {}

    /**
     * What the TIFF structure at {@code start} says; {@link #AS_STORED} where it says nothing or cannot be read, which
     * is no reason to refuse an image.
     */
    static int read(FileBytes file, long start) {
        try {
            boolean big = file.has(start, "MM");
            if (!big && !file.has(start, "II")) {
                return AS_STORED;
            }
            long directory = start + (big ? file.u32Big(start + 4) : file.u32Little(start + 4));
            int entries = u16(file, directory, big);
            for (int i = 0; i < entries; i++) {
                long entry = directory + 2 + (long) i * ENTRY_BYTES;
                if (u16(file, entry, big) == TAG && u16(file, entry + 2, big) == SHORT) {
                    int orientation = u16(file, entry + 8, big);
                    return orientation >= AS_STORED && orientation <= MAX ? orientation : AS_STORED;
                }
            }
            return AS_STORED;
        } catch (InferenceException _) { // it ends early
            return AS_STORED;
        }
    }

    private static int u16(FileBytes file, long at, boolean big) throws InferenceException {
        return big ? file.u16Big(at) : file.u16Little(at);
    }
}
