package io.nereid.server.transport;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Makes of TLS files what a front end's connections are encrypted with. */
public final class ServerTls {
    private ServerTls() {}

    /**
     * Reads the files.
     *
     * @param frontEnd whose they are, for the text of a failure
     * @param protocol adds what the front end's protocol asks for
     * @throws InferenceException INVALID_ARG if they cannot be used, or the key is not that of the certificate
     */
    public static SslContext context(TlsConfig config, String frontEnd, UnaryOperator<SslContextBuilder> protocol)
            throws InferenceException {
        List<X509Certificate> chain = certificates(config.certificate(), frontEnd);
        PrivateKey key = key(config.key(), frontEnd);
        if (!belongsTo(key, chain.getFirst())) {
            throw unusable(frontEnd, "the key in " + config.key() + " does not belong to the certificate in "
                    + config.certificate() + " (" + chain.getFirst().getSubjectX500Principal()
                    + "); give the key that it was made with, and where there are several certificates that of the"
                    + " server first", null);
        }
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(key, chain);
            if (config.clientRoots().isPresent()) {
                builder.trustManager(certificates(config.clientRoots().get(), frontEnd))
                        .clientAuth(ClientAuth.REQUIRE);
            }
            return protocol.apply(builder).build();
        } catch (IOException | RuntimeException e) {
            throw unusable(frontEnd, String.valueOf(e.getMessage()), e);
        }
    }

    private static List<X509Certificate> certificates(Path file, String frontEnd) throws InferenceException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (PemBlock block : PemBlock.read(file)) {
                if (block.label().endsWith("CERTIFICATE")) {
                    certificates.add((X509Certificate) factory
                            .generateCertificate(new ByteArrayInputStream(block.content())));
                }
            }
        } catch (IOException | CertificateException | IllegalArgumentException e) {
            throw unusable(frontEnd, "the certificate in " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw unusable(frontEnd, "there is no certificate in " + file
                    + " (expected PEM: -----BEGIN CERTIFICATE-----)", null);
        }
        return certificates;
    }

    private static PrivateKey key(Path file, String frontEnd) throws InferenceException {
        try {
            return PrivateKeyFile.read(file);
        } catch (IOException | IllegalArgumentException e) {
            throw unusable(frontEnd, "the key in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether the certificate vouches for what the key signs. */
    private static boolean belongsTo(PrivateKey key, X509Certificate certificate) {
        PublicKey publicKey = certificate.getPublicKey();
        if (key instanceof RSAKey ours && publicKey instanceof RSAKey theirs) {
            return ours.getModulus().equals(theirs.getModulus());
        }
        byte[] message = "Nereid".getBytes(StandardCharsets.US_ASCII);
        try {
            Signature signature = Signature.getInstance(signatureOf(key.getAlgorithm()));
            signature.initSign(key);
            signature.update(message);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException _) { // the two are of different algorithms
            return false;
        }
    }

    private static String signatureOf(String algorithm) {
        return switch (algorithm) {
            case "EC" -> "SHA256withECDSA";
            case "DSA" -> "SHA256withDSA";
            default -> algorithm;
        };
    }

    private static InferenceException unusable(String frontEnd, String why, @Nullable Throwable cause) {
        String text = "the TLS files of the " + frontEnd + " front end cannot be used: " + why;
        return new InferenceException(ErrorCode.INVALID_ARG, text, cause);
    }
}
