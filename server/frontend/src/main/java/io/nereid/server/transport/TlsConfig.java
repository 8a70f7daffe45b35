package io.nereid.server.transport;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Encryption of a front end's connections; all files are PEM.
 *
 * @param certificate the server's certificate, and those that vouch for it
 * @param key its private key
 * @param clientRoots the certificates that must vouch for a client's; absent where clients need none
 */
public record TlsConfig(Path certificate, Path key, Optional<Path> clientRoots) {}
