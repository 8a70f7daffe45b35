package io.nereid.server.transport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One block of a PEM file (RFC 7468).
 *
 * @param label what it is, {@code CERTIFICATE}
 * @param isEncrypted whether it has the headers by which OpenSSL's older form is encrypted
 * @param content what the text stands for
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PemBlock(String label, boolean isEncrypted, byte[] content) {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----",
            Pattern.DOTALL);
    private static final Pattern ENCRYPTED = Pattern.compile("(?m)^Proc-Type:.*ENCRYPTED");
    private static final Pattern HEADER = Pattern.compile("(?m)^[A-Za-z-]+:.*$");

    /**
     * All blocks of a file, in order; what stands between them is passed over.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if a block is not Base64
     */
    static List<PemBlock> read(Path file) throws IOException {
        Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        List<PemBlock> blocks = new ArrayList<>();
        while (block.find()) {
            String text = block.group(2);
            blocks.add(new PemBlock(block.group(1), ENCRYPTED.matcher(text).find(),
                    Base64.getMimeDecoder().decode(HEADER.matcher(text).replaceAll(""))));
        }
        return blocks;
    }
}
