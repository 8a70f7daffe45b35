package io.nereid.server.transport;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.TlsConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import java.io.IOException;
import java.util.function.UnaryOperator;

/** Makes of TLS files what a front end's connections are encrypted with. */
public final class ServerTls {
    private ServerTls() {}

    /**
     * Reads the files.
     *
     * @param frontEnd whose they are, for the text of a failure
     * @param protocol adds what the front end's protocol asks for
     * @throws InferenceException INVALID_ARG if they cannot be used
     */
    public static SslContext context(TlsConfig config, String frontEnd, UnaryOperator<SslContextBuilder> protocol)
            throws InferenceException {
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(config.certificate().toFile(),
                    config.key().toFile());
            if (config.clientRoots().isPresent()) {
                builder.trustManager(config.clientRoots().get().toFile()).clientAuth(ClientAuth.REQUIRE);
            }
            return protocol.apply(builder).build();
        } catch (IOException | RuntimeException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "the TLS files of the " + frontEnd
                    + " front end cannot be used: " + e.getMessage() + " (expected a certificate in "
                    + config.certificate() + " and its key, without a password, in " + config.key() + ", both PEM)", e);
        }
    }
}
