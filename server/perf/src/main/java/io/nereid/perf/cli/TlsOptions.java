package io.nereid.perf.cli;

import io.nereid.perf.measure.Protocol;
import io.nereid.perf.network.TlsFiles;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Whether and how the server is spoken to by TLS, from perf_analyzer's flags: those of HTTP or those of gRPC. */
final class TlsOptions {
    private static final List<PerfFlag> OF_GRPC = Arrays.stream(PerfFlag.values())
            .filter(flag -> flag.name().startsWith("SSL_GRPC_")).toList();
    private static final List<PerfFlag> OF_HTTP = Arrays.stream(PerfFlag.values())
            .filter(flag -> flag.name().startsWith("SSL_HTTPS_")).toList();

    /** Forms of files; which one a file has is read in the file. */
    private enum Form {
        PEM,
        DER
    }

    private TlsOptions() {}

    /** Empty for a server without TLS. */
    static Optional<TlsFiles> parse(PerfArguments arguments, Protocol protocol) throws UsageException {
        boolean http = protocol == Protocol.HTTP;
        String url = arguments.text(PerfFlag.URL).orElse("");
        refuse(arguments, http ? OF_GRPC : OF_HTTP, http ? "with -i http (expected -i grpc, or the flags --ssl-https-*)"
                : "with -i grpc (expected -i http, or the flags --ssl-grpc-*)");
        if (http && !url.startsWith("https://")) {
            refuse(arguments, OF_HTTP, "without https:// (expected -u https://HOST:PORT)");
            return Optional.empty();
        }
        if (!http && !arguments.has(PerfFlag.SSL_GRPC_USE_SSL) && !url.startsWith("grpcs://")) {
            refuse(arguments, OF_GRPC, "without --ssl-grpc-use-ssl (expected both)");
            return Optional.empty();
        }
        return Optional.of(http ? ofHttp(arguments) : ofGrpc(arguments));
    }

    private static void refuse(PerfArguments arguments, List<PerfFlag> flags, String why) throws UsageException {
        for (PerfFlag flag : flags) {
            if (arguments.has(flag)) {
                throw new UsageException(flag.option() + ": got it " + why);
            }
        }
    }

    private static TlsFiles ofHttp(PerfArguments arguments) throws UsageException {
        arguments.choice(PerfFlag.SSL_HTTPS_CLIENT_CERTIFICATE_TYPE, List.of(Form.values()));
        arguments.choice(PerfFlag.SSL_HTTPS_PRIVATE_KEY_TYPE, List.of(Form.values()));
        return files(arguments, PerfFlag.SSL_HTTPS_CA_CERTIFICATES_FILE, PerfFlag.SSL_HTTPS_CLIENT_CERTIFICATE_FILE,
                PerfFlag.SSL_HTTPS_PRIVATE_KEY_FILE, isVerified(arguments, PerfFlag.SSL_HTTPS_VERIFY_PEER, 1),
                isVerified(arguments, PerfFlag.SSL_HTTPS_VERIFY_HOST, 2));
    }

    private static TlsFiles ofGrpc(PerfArguments arguments) throws UsageException {
        return files(arguments, PerfFlag.SSL_GRPC_ROOT_CERTIFICATIONS_FILE,
                PerfFlag.SSL_GRPC_CERTIFICATE_CHAIN_FILE, PerfFlag.SSL_GRPC_PRIVATE_KEY_FILE, true, true);
    }

    private static TlsFiles files(PerfArguments arguments, PerfFlag roots, PerfFlag certificate, PerfFlag key,
            boolean verifiesPeer, boolean verifiesHost) throws UsageException {
        if (arguments.has(certificate) != arguments.has(key)) {
            PerfFlag given = arguments.has(key) ? key : certificate;
            throw new UsageException(given.option() + ": got it alone (expected a certificate and its key: "
                    + certificate.option() + " and " + key.option() + ")");
        }
        return new TlsFiles(arguments.text(roots).map(Path::of), arguments.text(certificate).map(Path::of),
                arguments.text(key).map(Path::of), verifiesPeer, verifiesHost);
    }

    /** libcurl's numbers: 0 for no. */
    private static boolean isVerified(PerfArguments arguments, PerfFlag flag, int most) throws UsageException {
        int number = arguments.number(flag, 0, most);
        if (number > most) {
            throw new UsageException(flag.option() + ": got '" + number + "' (expected 0 for no, or 1"
                    + (most > 1 ? " or " + most : "") + ")");
        }
        return number > 0;
    }
}
