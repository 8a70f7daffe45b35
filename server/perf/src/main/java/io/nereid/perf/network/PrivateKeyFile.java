package io.nereid.perf.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a private key of PKCS#8, which is the form that OpenSSL writes today. */
final class PrivateKeyFile {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final Pattern PEM = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");
    private static final int DER_SEQUENCE = 0x30;

    private PrivateKeyFile() {}

    /**
     * The key of a file, PEM or DER.
     *
     * @throws IOException if there is none that can be read, in a sentence that names the file
     */
    static PrivateKey read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IOException("cannot read " + file, e);
        }
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8(file, bytes));
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException _) {
                // of another algorithm
            } catch (GeneralSecurityException e) {
                throw new IOException("this Java reads no keys of algorithm " + algorithm, e);
            }
        }
        throw noKey(file);
    }

    private static byte[] pkcs8(Path file, byte[] bytes) throws IOException {
        if (bytes.length > 0 && bytes[0] == DER_SEQUENCE) {
            return bytes;
        }
        Matcher pem = PEM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw noKey(file);
        }
        try {
            return Base64.getMimeDecoder().decode(pem.group(1));
        } catch (IllegalArgumentException e) {
            throw (IOException) noKey(file).initCause(e);
        }
    }

    private static IOException noKey(Path file) {
        return new IOException(file + " has no key that can be read (expected -----BEGIN PRIVATE KEY-----, which "
                + "openssl pkey -in " + file.getFileName() + " -out plain.key writes, without a password)");
    }
}
