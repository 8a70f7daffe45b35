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
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final char GNU_LONG_NAME = 'L';
    private static final char GNU_LONG_LINK = 'K';
    private static final char PAX_HEADER = 'x';
    private static final char PAX_GLOBAL_HEADER = 'g';
    private static final char GNU_SPARSE = 'S';
    private static final String PAX_SPARSE = "GNU.sparse.";
    private static final long NO_SIZE = -1;

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    /** What is left of the content of the last entry, and of its padding. */
    private long content;
    private long padding;
    private String longName = "";
    private String longLink = "";
    private long longSize = NO_SIZE;
    private boolean sparse;

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
            if (!readHeader()) {
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

    /** Returns false at the end of the archive. */
    private boolean readHeader() throws IOException {
        int read = in.readNBytes(header, 0, BLOCK);
        if (read > 0 && read < BLOCK) {
            throw new EOFException("the archive ends within a header");
        }
        if (read == 0 || isEmpty()) {
            return false;
        }
        if (number(CHECKSUM, CHECKSUM_BYTES) != checksum()) {
            throw new IOException("a header of the archive is damaged: its checksum is not that of its bytes");
        }
        return true;
    }

    /** The sum of all bytes, with spaces in place of the sum itself. */
    private int checksum() {
        int sum = CHECKSUM_BYTES * ' ';
        for (int i = 0; i < BLOCK; i++) {
            sum += i < CHECKSUM || i >= CHECKSUM + CHECKSUM_BYTES ? header[i] & 0xff : 0;
        }
        return sum;
    }

    private boolean readExtension(TarEntry entry) throws IOException {
        switch (entry.type()) {
            case GNU_LONG_NAME -> longName = text(bytes());
            case GNU_LONG_LINK -> longLink = text(bytes());
            case PAX_HEADER -> readPax(bytes());
            case PAX_GLOBAL_HEADER -> {
                // Nothing of it is of use here.
            }
            case GNU_SPARSE -> throw sparse(entry.name());
            default -> {
                if (sparse) {
                    throw sparse(entry.name());
                }
                longName = "";
                longLink = "";
                longSize = NO_SIZE;
                return false;
            }
        }
        return true;
    }

    private static IOException sparse(String name) {
        return new IOException("'" + name + "' is a sparse file, which is not supported (pack it without --sparse)");
    }

    /** Records of the form {@code <length> <key>=<value>\n}, the length in bytes; a value may be of any bytes. */
    private void readPax(byte[] records) throws IOException {
        int at = 0;
        while (at < records.length && records[at] != 0) {
            int space = indexOf(records, ' ', at, records.length);
            long length = decimal(text(records, at, space));
            if (length > records.length - at || length < space - at + 2L || records[at + (int) length - 1] != '\n') {
                throw new IOException("a header of the archive is damaged: a record of " + length + " bytes");
            }
            int end = at + (int) length - 1;
            int equals = indexOf(records, '=', space, end);
            readPax(text(records, space + 1, equals), text(records, equals + 1, end));
            at = end + 1;
        }
    }

    private void readPax(String key, String value) throws IOException {
        switch (key) {
            case "path", PAX_SPARSE + "name" -> longName = value;
            case "linkpath" -> longLink = value;
            case "size" -> longSize = checked(decimal(value));
            default -> {
                // Times and owners.
            }
        }
        sparse |= key.startsWith(PAX_SPARSE);
    }

    private static int indexOf(byte[] bytes, char wanted, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        throw new IOException("a header of the archive is damaged: a record without a '" + wanted + "'");
    }

    private static long decimal(String digits) throws IOException {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw noNumber(digits, e);
        }
    }

    private static IOException noNumber(String digits, NumberFormatException e) {
        return new IOException("a header of the archive is damaged: " + digits + " is no number", e);
    }

    private byte[] bytes() throws IOException {
        if (content > MAX_NAME_BYTES) {
            throw new IOException("a name of " + content + " bytes in the archive");
        }
        byte[] bytes = in.readNBytes((int) content);
        if (bytes.length < content) {
            throw new EOFException("the archive ends within a name");
        }
        content = 0;
        return bytes;
    }

    private static String text(byte[] bytes) {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) {
            length--;
        }
        return text(bytes, 0, length);
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
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
        String shortName = prefix.isEmpty() ? field(0, 100) : prefix + "/" + field(0, 100);
        String name = longName.isEmpty() ? shortName : longName;
        char type = type(name);
        long size = longSize == NO_SIZE ? number(124, 12) : longSize;
        return new TarEntry(name, longLink.isEmpty() ? field(157, 100) : longLink, type,
                TarEntry.hasContent(type) ? size : 0, (int) number(100, 8));
    }

    /** Before POSIX a folder was a file whose name ends with a slash. */
    private char type(String name) {
        char type = (char) (header[156] & 0xff);
        return type == TarEntry.OLD_FILE && name.endsWith("/") ? TarEntry.DIRECTORY : type;
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
                if (value >> (Long.SIZE - 1 - Byte.SIZE) != 0) {
                    throw new IOException("a header of the archive is damaged: a number of more than 63 bits");
                }
                value = (value << 8) | (header[i] & 0xff);
            }
            return checked(value);
        }
        String digits = field(from, length).strip();
        try {
            return digits.isEmpty() ? 0 : checked(Long.parseLong(digits, 8));
        } catch (NumberFormatException e) {
            throw noNumber(digits, e);
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
