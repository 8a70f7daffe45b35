package io.nereid.perf.cli;

import io.nereid.perf.measure.Protocol;

import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;

/** Why there is no TLS with a server, and what to do about it. */
final class TlsFailure {
    private TlsFailure() {}

    /** In a line. */
    static String explain(IOException failure, Protocol protocol) {
        boolean http = protocol == Protocol.HTTP;
        String reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        if (reason.contains("recognized SSL message") || reason.contains("handshake_failure")
                || reason.contains("terminated the handshake")) {
            return reason + " (is it a port with TLS? " + (http ? "-u http://HOST:PORT is one without)"
                    : "One without needs no --ssl-grpc-use-ssl)");
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
                return "nobody that is trusted vouches for its certificate: " + cause.getMessage() + " ("
                        + (http ? "--ssl-https-ca-certificates-file FILE names who is trusted; "
                                + "--ssl-https-verify-peer 0 trusts anybody)"
                                : "--ssl-grpc-root-certifications-file FILE names who is trusted)");
            }
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return "its certificate is for another host: " + cause.getMessage()
                        + (http ? " (--ssl-https-verify-host 0 takes it all the same)" : "");
            }
        }
        if (reason.contains("certificate_required") || reason.contains("bad_certificate")
                || reason.contains("unknown_ca") || reason.contains("certificate_unknown")) {
            return reason + " (it wants a certificate of the client that it knows: "
                    + (http ? "--ssl-https-client-certificate-file and --ssl-https-private-key-file)"
                            : "--ssl-grpc-certificate-chain-file and --ssl-grpc-private-key-file)");
        }
        return reason;
    }
}
