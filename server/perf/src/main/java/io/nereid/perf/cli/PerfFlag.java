package io.nereid.perf.cli;

import java.util.Arrays;
import java.util.Optional;

/** The flags: perf_analyzer's where they mean the same, and ours for limits and the page. */
enum PerfFlag {
    MODEL("m", "", Kind.VALUE),
    MODEL_VERSION("x", "", Kind.VALUE),
    URL("u", "", Kind.VALUE),
    PROTOCOL("i", "", Kind.VALUE),
    BATCH_SIZE("b", "", Kind.VALUE),
    CONCURRENCY_RANGE("", "concurrency-range", Kind.VALUE),
    REQUEST_RATE_RANGE("", "request-rate-range", Kind.VALUE),
    REQUEST_DISTRIBUTION("", "request-distribution", Kind.VALUE),
    MEASUREMENT_INTERVAL("p", "measurement-interval", Kind.VALUE),
    STABILITY_PERCENTAGE("s", "stability-percentage", Kind.VALUE),
    MAX_TRIALS("r", "max-trials", Kind.VALUE),
    PERCENTILE("", "percentile", Kind.VALUE),
    WARMUP_REQUEST_COUNT("", "warmup-request-count", Kind.VALUE),
    REQUEST_COUNT("", "request-count", Kind.VALUE),
    BINARY_SEARCH("", "binary-search", Kind.SWITCH),
    LATENCY_THRESHOLD("l", "latency-threshold", Kind.VALUE),
    CLIENT_TIMEOUT("", "client-timeout", Kind.VALUE),
    MAX_THREADS("", "max-threads", Kind.VALUE),
    INPUT_DATA("", "input-data", Kind.VALUES),
    SHAPE("", "shape", Kind.VALUES),
    STRING_LENGTH("", "string-length", Kind.VALUE),
    STRING_DATA("", "string-data", Kind.VALUE),
    INPUT_TENSOR_FORMAT("", "input-tensor-format", Kind.VALUE),
    OUTPUT_TENSOR_FORMAT("", "output-tensor-format", Kind.VALUE),
    STREAMING("", "streaming", Kind.SWITCH),
    SHARED_MEMORY("", "shared-memory", Kind.VALUE),
    OUTPUT_SHARED_MEMORY_SIZE("", "output-shared-memory-size", Kind.VALUE),
    SEQUENCE_LENGTH("", "sequence-length", Kind.VALUE),
    SEQUENCE_LENGTH_VARIATION("", "sequence-length-variation", Kind.VALUE),
    SEQUENCE_ID_RANGE("", "sequence-id-range", Kind.VALUE),
    START_SEQUENCE_ID("", "start-sequence-id", Kind.VALUE),
    NUM_OF_SEQUENCES("", "num-of-sequences", Kind.VALUE),
    HEADER("H", "", Kind.VALUES),
    SSL_GRPC_USE_SSL("", "ssl-grpc-use-ssl", Kind.SWITCH),
    SSL_GRPC_ROOT_CERTIFICATIONS_FILE("", "ssl-grpc-root-certifications-file", Kind.VALUE),
    SSL_GRPC_PRIVATE_KEY_FILE("", "ssl-grpc-private-key-file", Kind.VALUE),
    SSL_GRPC_CERTIFICATE_CHAIN_FILE("", "ssl-grpc-certificate-chain-file", Kind.VALUE),
    SSL_HTTPS_VERIFY_PEER("", "ssl-https-verify-peer", Kind.VALUE),
    SSL_HTTPS_VERIFY_HOST("", "ssl-https-verify-host", Kind.VALUE),
    SSL_HTTPS_CA_CERTIFICATES_FILE("", "ssl-https-ca-certificates-file", Kind.VALUE),
    SSL_HTTPS_CLIENT_CERTIFICATE_FILE("", "ssl-https-client-certificate-file", Kind.VALUE),
    SSL_HTTPS_CLIENT_CERTIFICATE_TYPE("", "ssl-https-client-certificate-type", Kind.VALUE),
    SSL_HTTPS_PRIVATE_KEY_FILE("", "ssl-https-private-key-file", Kind.VALUE),
    SSL_HTTPS_PRIVATE_KEY_TYPE("", "ssl-https-private-key-type", Kind.VALUE),
    FILENAME("f", "", Kind.VALUE),
    REPORT("", "report", Kind.VALUE),
    MAX_P50_MS("", "max-p50-ms", Kind.VALUE),
    MAX_P95_MS("", "max-p95-ms", Kind.VALUE),
    MAX_P99_MS("", "max-p99-ms", Kind.VALUE),
    MAX_ERROR_RATE("", "max-error-rate", Kind.VALUE),
    MIN_THROUGHPUT("", "min-throughput", Kind.VALUE),
    HELP("h", "help", Kind.SWITCH),
    SERVICE_KIND("", "service-kind", Kind.VALUE),
    ASYNC("a", "async", Kind.NO_EFFECT),
    SYNC("", "sync", Kind.NO_EFFECT),
    VERBOSE("v", "", Kind.NO_EFFECT),
    SERIAL_SEQUENCES("", "serial-sequences", Kind.NO_EFFECT),
    MEASUREMENT_MODE("", "measurement-mode", Kind.REFUSED),
    MEASUREMENT_REQUEST_COUNT("", "measurement-request-count", Kind.REFUSED),
    PERIODIC_CONCURRENCY_RANGE("", "periodic-concurrency-range", Kind.REFUSED),
    REQUEST_PERIOD("", "request-period", Kind.REFUSED),
    REQUEST_PARAMETER("", "request-parameter", Kind.REFUSED),
    REQUEST_INTERVALS("", "request-intervals", Kind.REFUSED),
    PROFILE_EXPORT_FILE("", "profile-export-file", Kind.REFUSED),
    VERBOSE_CSV("", "verbose-csv", Kind.REFUSED),
    COLLECT_METRICS("", "collect-metrics", Kind.REFUSED),
    GRPC_COMPRESSION_ALGORITHM("", "grpc-compression-algorithm", Kind.REFUSED),
    TRACE_LEVEL("", "trace-level", Kind.REFUSED),
    BLS_COMPOSING_MODELS("", "bls-composing-models", Kind.REFUSED);

    /** What is done with a flag. */
    enum Kind {
        /** It has a value. */
        VALUE,
        /** It has a value and may be given several times. */
        VALUES,
        /** It has none. */
        SWITCH,
        /** Of perf_analyzer, a switch; what it asks for is so in any case. */
        NO_EFFECT,
        /** Of perf_analyzer, and not built. */
        REFUSED
    }

    private final String letter;
    private final String word;
    private final Kind kind;

    PerfFlag(String letter, String word, Kind kind) {
        this.letter = letter;
        this.word = word;
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    boolean hasValue() {
        return kind == Kind.VALUE || kind == Kind.VALUES;
    }

    /** As users write it, the long form if there is one. */
    String option() {
        return word.isEmpty() ? "-" + letter : "--" + word;
    }

    /** The flag with that word. */
    static Optional<PerfFlag> ofWord(String word) {
        return Arrays.stream(values()).filter(flag -> !word.isEmpty() && flag.word.equals(word)).findFirst();
    }

    /** The flag with that letter. */
    static Optional<PerfFlag> ofLetter(String letter) {
        return Arrays.stream(values()).filter(flag -> flag.letter.equals(letter)).findFirst();
    }
}
