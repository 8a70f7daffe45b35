package io.nereid.perf.measure;

/** How requests reach the server. */
public enum Protocol {
    /** The v2 protocol over HTTP/1.1. */
    HTTP,
    /** The v2 protocol over gRPC, a call for each request. */
    GRPC,
    /** The v2 protocol over gRPC, all requests of a client in one stream. */
    GRPC_STREAM
}
