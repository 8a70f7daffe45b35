package io.nereid.backend.python.environment;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Reads a tar archive: the POSIX format, with GNU's and pax's long names. Used by one thread. */
final class TarInput {
    private static final int BLOCK = 512;
    private static final int MAX_NAME_BYTES = 1 << 16;
    private static final char GNU_LONG_NAME = 'L';
    private static final char GNU_LONG_LINK = 'K';
    private static final char PAX_HEADER = 'x';
    private static final char PAX_GLOBAL_HEADER = 'g';

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    /** What is left of the content of the last entry, and of its padding. */
    private long content;
    private long padding;
    private String longName = "";
    private String longLink = "";

    TarInput(InputStream in) {
        this.in = in;
    }

    /** The next entry, whose content can be read then; null at the end. */
    @Nullable
    TarEntry next() throws IOException {
        while (true) {
            in.skipNBytes(content + padding);
            content = 0;
            padding = 0;
            if (in.readNBytes(header, 0, BLOCK) < BLOCK || isEmpty()) {
                return null;
            }
            TarEntry entry = entry();
            content = entry.size();
            padding = -content & (BLOCK - 1);
            if (!readExtension(entry)) {
                return entry;
            }
        }
    }

    private boolean readExtension(TarEntry entry) throws IOException {
        switch (entry.type()) {
            case GNU_LONG_NAME -> longName = text();
            case GNU_LONG_LINK -> longLink = text();
            case PAX_HEADER -> readPax(text());
            case PAX_GLOBAL_HEADER -> {
                // Nothing of it is of use here.
            }
            default -> {
                longName = "";
                longLink = "";
                return false;
            }
        }
        return true;
    }

    /** Records of the form {@code <length> <key>=<value>\n}. */
    private void readPax(String records) throws IOException {
        int at = 0;
        while (at < records.length()) {
            int space = records.indexOf(' ', at);
            int equals = records.indexOf('=', at);
            int end = records.indexOf('\n', at);
            if (space < 0 || equals < space || end < equals) {
                throw new IOException("a header of the archive is damaged");
            }
            String value = records.substring(equals + 1, end);
            switch (records.substring(space + 1, equals)) {
                case "path" -> longName = value;
                case "linkpath" -> longLink = value;
                default -> {
                    // Times and owners.
                }
            }
            at = end + 1;
        }
    }

    private String text() throws IOException {
        if (content > MAX_NAME_BYTES) {
            throw new IOException("a name of " + content + " bytes in the archive");
        }
        byte[] bytes = in.readNBytes((int) content);
        content = 0;
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private boolean isEmpty() {
        for (byte value : header) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private TarEntry entry() throws IOException {
        String prefix = header[257] == 'u' && header[262] == 0 ? field(345, 155) : "";
        String name = prefix.isEmpty() ? field(0, 100) : prefix + "/" + field(0, 100);
        return new TarEntry(longName.isEmpty() ? name : longName, longLink.isEmpty() ? field(157, 100) : longLink,
                (char) header[156], number(124, 12), (int) number(100, 8));
    }

    private String field(int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    /** Octal digits, or what GNU writes for larger numbers. */
    private long number(int from, int length) throws IOException {
        if (header[from] < 0) {
            long value = header[from] & 0x7f;
            for (int i = from + 1; i < from + length; i++) {
                value = (value << 8) | (header[i] & 0xff);
            }
            return checked(value);
        }
        String digits = field(from, length).strip();
        try {
            return digits.isEmpty() ? 0 : checked(Long.parseLong(digits, 8));
        } catch (NumberFormatException e) {
            throw new IOException("a header of the archive is damaged: " + digits + " is no number", e);
        }
    }

    private static long checked(long size) throws IOException {
        if (size < 0 || size > Long.MAX_VALUE - BLOCK) {
            throw new IOException("a header of the archive is damaged: a size of " + size);
        }
        return size;
    }

    /** Copies the content of the entry. */
    void copyTo(OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        while (content > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, content));
            if (read < 0) {
                throw new EOFException("the archive ends within a file");
            }
            out.write(buffer, 0, read);
            content -= read;
        }
    }
}
