package io.nereid.server.transport;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The flags that say how one front end's connections are encrypted.
 *
 * @param on whether they are
 * @param mutual whether clients need a certificate, too; alone it turns encryption on
 */
public record TlsFlags(Flag<Boolean> on, Flag<Boolean> mutual, Flag<String> certificate, Flag<String> key,
        Flag<String> clientRoots) {
    /**
     * Those of one protocol.
     *
     * @param protocol {@code http} or {@code grpc}, which the flags' names begin with
     * @param name the protocol's name in a sentence
     * @param remark what stands behind each sentence of the help
     */
    public static TlsFlags of(FlagGroup group, String protocol, String name, String remark) {
        return new TlsFlags(
                Flag.of(group, protocol + "-use-ssl", ValueType.BOOL, "false",
                        "Serve %s over TLS, with --%s-server-cert"
                                .formatted(name, protocol) + " and --%s-server-key.%s".formatted(protocol, remark)),
                Flag.of(group, protocol + "-use-ssl-mutual", ValueType.BOOL, "false", "Over TLS, and only for clients"
                        + " with a certificate that --%s-root-cert vouches for.%s".formatted(protocol, remark)),
                Flag.of(group, protocol + "-server-cert", ValueType.TEXT, "",
                        "File with the server's certificate, PEM." + remark),
                Flag.of(group, protocol + "-server-key", ValueType.TEXT, "",
                        "File with the server's key, PEM." + remark),
                Flag.of(group, protocol + "-root-cert", ValueType.TEXT, "",
                        "File with the certificates that clients' are checked against, PEM." + remark));
    }

    /**
     * What they say; absent for no encryption.
     *
     * @throws UsageException where a file is missing or cannot be read
     */
    public Optional<TlsConfig> read(FlagValues flags) throws UsageException {
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
