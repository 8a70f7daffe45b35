package io.nereid.server.transport;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** A key with a certificate that vouches for itself, as files and as a key store; made by the JDK's keytool. */
public final class TestCertificate {
    private static final String PASSWORD = "changeit";

    private final Path certificate;
    private final Path key;
    private final KeyStore store;
    private final PrivateKey secret;

    /** Makes one for 127.0.0.1, with a key on an elliptic curve. */
    public TestCertificate(Path folder, String name) throws Exception {
        this(folder, name, "EC");
    }

    /** Makes one for 127.0.0.1, with a key of an algorithm as keytool calls it. */
    public TestCertificate(Path folder, String name, String algorithm) throws Exception {
        Path file = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-keystore", file.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD, "-alias",
                "a",
                "-keyalg", algorithm, "-dname", "CN=" + name, "-ext", "san=ip:127.0.0.1", "-ext", "bc=ca:true",
                "-validity", "2").redirectErrorStream(true).start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).isZero();
        store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        certificate = pem(folder.resolve(name + ".crt"), "CERTIFICATE", store.getCertificate("a").getEncoded());
        secret = (PrivateKey) store.getKey("a", PASSWORD.toCharArray());
        key = pem(folder.resolve(name + ".key"), "PRIVATE KEY", secret.getEncoded());
    }

    /** The key itself. */
    public PrivateKey privateKey() {
        return secret;
    }

    /** Writes what may be a key in another form, and returns the file. */
    public static Path pem(Path file, String kind, byte[] content) throws Exception {
        return Files.writeString(file, "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(content) + "\n-----END " + kind
                + "-----\n");
    }

    /** The certificate's file, PEM. */
    public Path certificate() {
        return certificate;
    }

    /** The key's file, PEM. */
    public Path key() {
        return key;
    }

    /** What a client needs that trusts this certificate and shows that of {@code own}, null for none. */
    public SSLContext clientContext(@Nullable TestCertificate own) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", store.getCertificate("a"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own == null ? null : own.store, own == null ? null : PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
