package io.nereid.server.http.sagemaker;

/** What {@code GET /ping} asks. */
public enum PingMode {
    /** Whether requests are served. */
    READY,
    /** Whether the process lives: of a server that has no model before the platform loads one. */
    LIVE
}
