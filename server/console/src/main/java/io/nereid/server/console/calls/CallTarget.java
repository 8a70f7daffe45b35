package io.nereid.server.console.calls;

import java.util.Optional;

/**
 * The version that is called, and where.
 *
 * @param http host and port of the protocol over HTTP
 * @param https whether that is encrypted
 * @param grpc host and port of the protocol over gRPC; absent where there is none
 * @param grpcTls whether that is encrypted
 * @param httpHeader the name of the header line without which inference is refused over HTTP; absent where none is needed
 * @param grpcHeader the same over gRPC
 * @param model the model's name
 * @param version the version's digits
 */
public record CallTarget(String http, boolean https, Optional<String> grpc, boolean grpcTls,
        Optional<String> httpHeader, Optional<String> grpcHeader, String model, String version) {
    /** Stands for the secret that the header line has. */
    static final String SECRET = "VALUE";

    /** The address of an action on the version over HTTP, with what a path must not have escaped. */
    String url(String action) {
        return (https ? "https://" : "http://") + http + "/v2/models/" + Texts.inPath(model) + "/versions/" + version
                + "/" + action;
    }
}
