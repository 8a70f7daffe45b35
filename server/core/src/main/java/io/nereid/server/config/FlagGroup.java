package io.nereid.server.config;

/** The headings under which {@code --help} lists the flags, in its order. */
public enum FlagGroup {
    SERVER("Server"),
    MODELS("Model repositories and models"),
    HTTP("HTTP"),
    ADMISSION("Admission, over all protocols"),
    LOGGING("Logging"),
    BACKENDS(
            "Backends"),
    GRPC("gRPC"),
    METRICS("Metrics"),
    TRACE("Trace"),
    CACHE(
            "Response cache"),
    SCHEDULING("Scheduling"),
    RATE_LIMITER("Rate limiter"),
    SHARED_MEMORY(
            "Shared memory"),
    MEMORY("Memory and devices"),
    CLOUD("Cloud platforms");

    private final String title;

    FlagGroup(String title) {
        this.title = title;
    }

    public String title() {
        return title;
    }
}
