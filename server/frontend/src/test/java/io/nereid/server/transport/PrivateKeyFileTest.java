package io.nereid.server.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PrivateKeyFileTest {
    private static final byte[] P256 = HexFormat.of().parseHex("06082a8648ce3d030107");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void read_pkcs8_isTheKey(String algorithm) throws Exception {
        PrivateKey key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
        assertThat(PrivateKeyFile.read(file("PRIVATE KEY", key.getEncoded()))).isEqualTo(key);
    }

    @Test
    void read_pkcs1_isTheKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        PrivateKey key = generator.generateKeyPair().getPrivate();
        byte[] pkcs8 = key.getEncoded(); // SEQUENCE (4), version (3), algorithm (15), OCTET STRING (4)
        assertThat(PrivateKeyFile.read(file("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length))))
                .isEqualTo(key);
    }

    @Test
    void read_sec1WithItsCurve_isTheKey() throws Exception {
        ECPrivateKey key = p256();
        PrivateKey read = PrivateKeyFile.read(file("EC PRIVATE KEY", sec1(key, true)));
        assertThat(((ECPrivateKey) read).getS()).isEqualTo(key.getS());
        assertThat(((ECPrivateKey) read).getParams()).isEqualTo(key.getParams());
    }

    /** As {@code openssl ecparam -genkey} writes it. */
    @Test
    void read_sec1WithTheCurveInFront_isTheKey() throws Exception {
        ECPrivateKey key = p256();
        Path curve = file("EC PARAMETERS", P256);
        String text = Files.readString(curve) + Files.readString(file("EC PRIVATE KEY", sec1(key, false)));
        assertThat(PrivateKeyFile.read(Files.writeString(curve, text))).isEqualTo(key);
    }

    @Test
    void read_certificateInFrontOfTheKey_isPassedOver() throws Exception {
        TestCertificate own = new TestCertificate(folder, "server");
        Path both = Files.writeString(folder.resolve("both"),
                "Bag Attributes\n" + Files.readString(own.certificate()) + Files.readString(own.key()));
        assertThat(PrivateKeyFile.read(both)).isEqualTo(own.privateKey());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nonsense | it is not PEM: there is no -----BEGIN PRIVATE KEY-----
            -----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE----- | it has no private key, only CERTIFICATE
            -----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY----- | its key is damaged, or of an algorithm that is none of RSA, EC, EdDSA, RSASSA-PSS, DSA
            -----BEGIN RSA PRIVATE KEY-----\\nAAAA\\n-----END RSA PRIVATE KEY----- | its key is damaged, or of an algorithm that is none of RSA, EC, EdDSA, RSASSA-PSS, DSA
            -----BEGIN EC PRIVATE KEY-----\\nAAAA\\n-----END EC PRIVATE KEY----- | its key is damaged
            -----BEGIN EC PRIVATE KEY-----\\nMAUCAQEEAA==\\n-----END EC PRIVATE KEY----- | it does not say of which curve the key is
            -----BEGIN EC PRIVATE KEY-----\\nMIT/////\\n-----END EC PRIVATE KEY----- | its key is damaged
            -----BEGIN ENCRYPTED PRIVATE KEY-----\\nAAAA\\n-----END ENCRYPTED PRIVATE KEY----- | it is encrypted with a password, which the server has nobody to ask for; write it without one (openssl pkey -in key.pem -out plain.pem) and let nobody else read that
            -----BEGIN RSA PRIVATE KEY-----\\nProc-Type: 4,ENCRYPTED\\nDEK-Info: AES-128-CBC,00\\n\\nAAAA\\n-----END RSA PRIVATE KEY----- | it is encrypted with a password, which the server has nobody to ask for; write it without one (openssl pkey -in key.pem -out plain.pem) and let nobody else read that
            """)
    void read_noKey_saysWhy(String text, String why) throws Exception {
        Path file = Files.writeString(folder.resolve("key"), text.replace("\\n", "\n"));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PrivateKeyFile.read(file)).withMessage(why);
    }

    private Path file(String label, byte[] content) throws Exception {
        return TestCertificate.pem(folder.resolve(label), label, content);
    }

    private static ECPrivateKey p256() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return (ECPrivateKey) generator.generateKeyPair().getPrivate();
    }

    private static byte[] sec1(ECPrivateKey key, boolean withCurve) {
        byte[] number = key.getS().toByteArray();
        byte[] secret = new byte[32];
        int length = Math.min(number.length, 32);
        System.arraycopy(number, number.length - length, secret, 32 - length, length);
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        fields.writeBytes(new byte[]{0x30, (byte) (3 + 34 + (withCurve ? 2 + P256.length : 0)), 2, 1, 1, 4, 32});
        fields.writeBytes(secret);
        if (withCurve) {
            fields.writeBytes(new byte[]{(byte) 0xa0, (byte) P256.length});
            fields.writeBytes(P256);
        }
        return fields.toByteArray();
    }
}
