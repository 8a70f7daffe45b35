package io.nereid.backend.image.decode;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/** Says what something is that is no image of a known format. Stateless. */
final class FoundInstead {
    private static final int LOOKED_AT = 64;
    private static final Map<String, String> KNOWN = Map.of("GIF8", "GIF", "II*\0", "TIFF", "MM\0*", "TIFF", "%PDF",
            "PDF", "data:", "a data URL");

    private FoundInstead() {}

    /** A name for people, as {@code text}. */
    static String in(MemorySegment file) {
        if (file.byteSize() == 0) {
            return "nothing";
        }
        for (Map.Entry<String, String> known : KNOWN.entrySet()) {
            if (ImageFormat.begins(file, known.getKey())) {
                return known.getValue();
            }
        }
        if (file.byteSize() > 8 && ImageFormat.begins(file.asSlice(4), "ftyp")) {
            return "HEIF, AVIF or a film";
        }
        return isText(file) ? "text" : "data of an unknown format";
    }

    /** Whether the first characters are all printable or spaces, in ASCII. */
    private static boolean isText(MemorySegment file) {
        for (long i = 0; i < Math.min(file.byteSize(), LOOKED_AT); i++) {
            byte value = file.get(ValueLayout.JAVA_BYTE, i);
            if ((value < ' ' || value == 127) && value != '\n' && value != '\r' && value != '\t') {
                return false;
            }
        }
        return true;
    }
}
