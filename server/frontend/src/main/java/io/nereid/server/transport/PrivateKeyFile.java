package io.nereid.server.transport;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads a private key in any of the forms that OpenSSL writes: PKCS#8, PKCS#1 (RSA) and SEC1 (EC). The JDK reads
 * PKCS#8; the older two are PKCS#8 without its outermost layer, which is put around them here: that takes less than a
 * library would.
 */
final class PrivateKeyFile {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS", "DSA");
    private static final String PKCS8 = "PRIVATE KEY";
    private static final String PKCS8_ENCRYPTED = "ENCRYPTED PRIVATE KEY";
    private static final String PKCS1 = "RSA PRIVATE KEY";
    private static final String SEC1 = "EC PRIVATE KEY";
    private static final String EC_CURVE = "EC PARAMETERS";

    /** Tags of DER. */
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int CURVE = 0xa0;

    private static final byte[] VERSION_0 = {INTEGER, 1, 0};
    /** 1.2.840.113549.1.1.1 without parameters. */
    private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
    /** 1.2.840.10045.2.1, whose parameter is the curve. */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private PrivateKeyFile() {}

    /**
     * The first key of a file.
     *
     * @throws IOException if the file cannot be read, or its key, in a sentence that says why
     */
    static PrivateKey read(Path file) throws IOException {
        List<PemBlock> blocks = PemBlock.read(file);
        for (PemBlock block : blocks) {
            byte[] encoded = pkcs8(block, blocks);
            if (encoded != null) {
                return key(encoded);
            }
        }
        throw new IOException(blocks.isEmpty() ? "it is not PEM: there is no -----BEGIN PRIVATE KEY-----"
                : "it has no private key, only " + String.join(", ", blocks.stream().map(PemBlock::label).toList()));
    }

    private static byte @Nullable [] pkcs8(PemBlock block, List<PemBlock> blocks) throws IOException {
        boolean isKey = List.of(PKCS8, PKCS8_ENCRYPTED, PKCS1, SEC1).contains(block.label());
        if (isKey && (block.isEncrypted() || block.label().equals(PKCS8_ENCRYPTED))) {
            throw new IOException("it is encrypted with a password, which the server has nobody to ask for; write it"
                    + " without one (openssl pkey -in key.pem -out plain.pem) and let nobody else read that");
        }
        return switch (block.label()) {
            case PKCS8 -> block.content();
            case PKCS1 -> wrapped(RSA, block.content());
            case SEC1 -> wrapped(joined(EC, curve(block.content(), blocks)), block.content());
            default -> null;
        };
    }

    /** PrivateKeyInfo of RFC 5208. */
    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, joined(VERSION_0, element(SEQUENCE, algorithm), element(OCTET_STRING, key)));
    }

    /** The curve of an ECPrivateKey (RFC 5915), which has it itself or a block of its own beside it. */
    private static byte[] curve(byte[] key, List<PemBlock> blocks) throws IOException {
        DerReader fields = new DerReader(new DerReader(key).next(SEQUENCE));
        byte[] _ = fields.next(INTEGER);
        byte[] _ = fields.next(OCTET_STRING);
        if (fields.isAt(CURVE)) {
            return fields.next(CURVE);
        }
        return blocks.stream().filter(block -> block.label().equals(EC_CURVE)).map(PemBlock::content).findFirst()
                .orElseThrow(() -> new IOException("it does not say of which curve the key is"));
    }

    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80 ? new byte[]{(byte) tag, (byte) length}
                : length < 0x100 ? new byte[]{(byte) tag, (byte) 0x81, (byte) length}
                        : new byte[]{(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return joined(head, content);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static PrivateKey key(byte[] pkcs8) throws IOException {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8);
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException _) {
                // of another algorithm
            } catch (GeneralSecurityException e) {
                throw new IOException("this Java reads no keys of algorithm " + algorithm, e);
            }
        }
        throw new IOException("its key is damaged, or of an algorithm that is none of "
                + String.join(", ", ALGORITHMS));
    }

    /** Reads elements of DER one after another. */
    private static final class DerReader {
        private final byte[] bytes;
        private int at;

        DerReader(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean isAt(int tag) {
            return at < bytes.length && (bytes[at] & 0xff) == tag;
        }

        byte[] next(int tag) throws IOException {
            if (!isAt(tag) || at + 1 >= bytes.length) {
                throw new IOException("its key is damaged");
            }
            at++;
            int length = length();
            if (length < 0 || length > bytes.length - at) {
                throw new IOException("its key is damaged");
            }
            at += length;
            return Arrays.copyOfRange(bytes, at - length, at);
        }

        private int length() {
            int length = bytes[at++] & 0xff;
            if (length < 0x80) {
                return length;
            }
            int count = length - 0x80;
            length = 0;
            for (int i = 0; i < count && at < bytes.length && i < 3; i++) {
                length = (length << 8) | (bytes[at++] & 0xff);
            }
            return length;
        }
    }
}
