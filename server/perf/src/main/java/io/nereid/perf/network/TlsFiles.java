package io.nereid.perf.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Optional;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Whom the client trusts and who it is, as files. Certificates are PEM or DER, the key is PKCS#8 in either form.
 *
 * @param roots certificates of authorities; those that Java trusts if empty
 * @param certificate the client's, and after it those that vouch for it; empty for a client that shows none
 * @param key the client's; of both or of neither
 * @param verifiesPeer whether somebody trusted must vouch for the server's certificate
 * @param verifiesHost whether it must be for the name by which the server was called
 */
public record TlsFiles(Optional<Path> roots, Optional<Path> certificate, Optional<Path> key, boolean verifiesPeer,
        boolean verifiesHost) {
    private static final String ALIAS = "client";
    private static final char[] NO_PASSWORD = {};

    /**
     * Reads the files.
     *
     * @param host as the server is called
     * @param protocol what is spoken inside, as ALPN calls it
     * @throws IOException if a file cannot be read or is not what it is to be, in a sentence that names it
     */
    public Tls load(String host, int port, String protocol) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), trust(), null);
            return new Tls(context, host, port, verifiesHost, protocol);
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private TrustManager[] trust() throws IOException, GeneralSecurityException {
        if (!verifiesPeer) {
            return new TrustManager[]{new Anybody()};
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(roots.isEmpty() ? null : trusted(roots.get()));
        return factory.getTrustManagers();
    }

    private static KeyStore trusted(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate root : certificates(file)) {
            store.setCertificateEntry("root" + number++, root);
        }
        return store;
    }

    private KeyManager[] keys() throws IOException, GeneralSecurityException {
        if (certificate.isEmpty() || key.isEmpty()) {
            return new KeyManager[0];
        }
        Collection<? extends Certificate> chain = certificates(certificate.get());
        PrivateKey secret = PrivateKeyFile.read(key.get());
        KeyStore store = emptyStore();
        store.setKeyEntry(ALIAS, secret, NO_PASSWORD, chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var read = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (!read.isEmpty()) {
                return read;
            }
        } catch (IOException e) {
            throw new IOException("cannot read " + file, e);
        } catch (GeneralSecurityException e) {
            throw new IOException(noCertificate(file), e);
        }
        throw new IOException(noCertificate(file));
    }

    private static String noCertificate(Path file) {
        return file + " has no certificate (expected PEM, -----BEGIN CERTIFICATE-----, or DER)";
    }

    /** Trusts every server. Whether the certificate is for its name is looked at all the same, by the JDK. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {
            throw new IllegalStateException("this is a client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
