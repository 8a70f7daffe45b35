package io.nereid.server.cli;

import io.nereid.server.transport.TlsConfig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The flags that say how one front end's connections are encrypted.
 *
 * @param on whether they are
 * @param mutual whether clients need a certificate, too; alone it turns encryption on
 */
record TlsFlags(Flag<Boolean> on, Flag<Boolean> mutual, Flag<String> certificate, Flag<String> key,
        Flag<String> clientRoots) {
    static final TlsFlags HTTP = new TlsFlags(Flags.HTTP_USE_SSL, Flags.HTTP_USE_SSL_MUTUAL, Flags.HTTP_SERVER_CERT,
            Flags.HTTP_SERVER_KEY, Flags.HTTP_ROOT_CERT);
    static final TlsFlags GRPC = new TlsFlags(Flags.GRPC_USE_SSL, Flags.GRPC_USE_SSL_MUTUAL, Flags.GRPC_SERVER_CERT,
            Flags.GRPC_SERVER_KEY, Flags.GRPC_ROOT_CERT);

    /**
     * What they say; absent for no encryption.
     *
     * @throws UsageException where a file is missing or cannot be read
     */
    Optional<TlsConfig> read(FlagValues flags) throws UsageException {
        boolean forClients = flags.get(mutual);
        if (!flags.get(on) && !forClients) {
            return Optional.empty();
        }
        return Optional.of(new TlsConfig(file(flags, certificate), file(flags, key),
                forClients ? Optional.of(file(flags, clientRoots)) : Optional.empty()));
    }

    private static Path file(FlagValues flags, Flag<String> flag) throws UsageException {
        String name = flags.get(flag);
        if (name.isEmpty()) {
            throw new UsageException("--%s is missing; TLS needs it".formatted(flag.name()));
        }
        Path file = Path.of(name);
        if (!Files.isReadable(file)) {
            throw new UsageException("--%s=%s: cannot be read".formatted(flag.name(), name));
        }
        return file;
    }
}
