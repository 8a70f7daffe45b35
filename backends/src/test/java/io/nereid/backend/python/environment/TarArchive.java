package io.nereid.backend.python.environment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/** Writes tar archives for tests, entry by entry, as any packer might. */
final class TarArchive {
    static final int BLOCK = 512;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    TarArchive add(String name, char type, String link, int mode, String content) {
        return add(name, type, content.getBytes(StandardCharsets.UTF_8), header -> {
            put(header, 100, "%07o".formatted(mode));
            put(header, 157, link);
        });
    }

    /** An entry whose header is changed before its checksum is computed. */
    TarArchive add(String name, char type, byte[] content, Consumer<byte[]> change) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 124, "%011o".formatted(content.length));
        header[156] = (byte) type;
        put(header, 257, "ustar");
        put(header, 263, "00");
        change.accept(header);
        put(header, 148, "        ");
        int sum = 0;
        for (byte value : header) {
            sum += value & 0xff;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        bytes.writeBytes(header);
        return raw(content).raw(new byte[-content.length & (BLOCK - 1)]);
    }

    /** A header of records for the entry that follows, each with the right length. */
    TarArchive pax(String... records) {
        StringBuilder all = new StringBuilder();
        for (String record : records) {
            all.append(record(record));
        }
        return add("PaxHeader", 'x', "", 0, all.toString());
    }

    /** A record with its own length in front of it. */
    static String record(String keyAndValue) {
        int rest = (" " + keyAndValue + "\n").getBytes(StandardCharsets.UTF_8).length;
        int length = rest + 1;
        while (String.valueOf(length).length() + rest != length) {
            length++;
        }
        return length + " " + keyAndValue + "\n";
    }

    TarArchive raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    static void put(byte[] header, int at, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(encoded, 0, header, at, encoded.length);
    }

    /** What was added, without an end. */
    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /** Packs what was added, and the two empty blocks of the end. */
    void write(Path file) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            bytes.writeTo(out);
            out.write(new byte[2 * BLOCK]);
        }
    }
}
