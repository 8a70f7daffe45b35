package io.nereid.server.cli;

import io.nereid.scheduler.instance.ResourceLimit;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcKeepAlive;
import io.nereid.server.grpc.GrpcLimits;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpLimits;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.ModelControlConfig;
import io.nereid.server.model.RepositoryConfig;
import io.nereid.server.protocol.AdmissionLimits;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.nereid.server.cli.FlagGroup.ADMISSION;
import static io.nereid.server.cli.FlagGroup.BACKENDS;
import static io.nereid.server.cli.FlagGroup.CACHE;
import static io.nereid.server.cli.FlagGroup.CLOUD;
import static io.nereid.server.cli.FlagGroup.GRPC;
import static io.nereid.server.cli.FlagGroup.HTTP;
import static io.nereid.server.cli.FlagGroup.LOGGING;
import static io.nereid.server.cli.FlagGroup.MEMORY;
import static io.nereid.server.cli.FlagGroup.METRICS;
import static io.nereid.server.cli.FlagGroup.MODELS;
import static io.nereid.server.cli.FlagGroup.RATE_LIMITER;
import static io.nereid.server.cli.FlagGroup.SERVER;
import static io.nereid.server.cli.FlagGroup.SHARED_MEMORY;
import static io.nereid.server.cli.FlagGroup.TRACE;
import static io.nereid.server.cli.ValueType.BOOL;
import static io.nereid.server.cli.ValueType.NAME;
import static io.nereid.server.cli.ValueType.PORT;
import static io.nereid.server.cli.ValueType.SETTING;
import static io.nereid.server.cli.ValueType.SWITCH;
import static io.nereid.server.cli.ValueType.TEXT;
import static io.nereid.server.cli.ValueType.choice;
import static io.nereid.server.cli.ValueType.integer;
import static io.nereid.server.cli.ValueType.matching;
import static io.nereid.server.cli.ValueType.number;

/**
 * Every flag of Triton's command line and the few of our own, with what comes of it: the one table that the parser, the
 * help, and the warnings are made from. The defaults are those of the configuration records; of a flag without effect it
 * is Triton's.
 */
final class Flags {
    private static final int ANY = Integer.MAX_VALUE;
    private static final String RESTRICTED = "<api,...>:<key>=<value>";
    private static final ValueType<String> RESTRICTION = matching(RESTRICTED, RESTRICTED, "[^:]+:[^=]+=.+").secret();
    private static final ValueType<String> OF_BACKEND = matching("<backend>,<key>=<value>",
            "BACKEND,KEY=VALUE, or KEY=VALUE for every backend", "([^,=]*,)?[^,=]+=.*");

    private static final Pattern RESOURCE_FORM = Pattern
            .compile("(?<name>[^:]+):(?<count>\\d{1,18})(:(?<device>\\d{1,9}))?");
    private static final ValueType<ResourceLimit> RESOURCE = new ValueType<>("<name>:<count>[:<device>]",
            "NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers", Flags::resourceLimit);

    /** What is traced; Triton once had more words for it. */
    private static final ValueType<String> LEVEL = ValueType.orWords(choice("OFF", "TIMESTAMPS", "TENSORS"),
            Map.of("false", "OFF", "true", "TIMESTAMPS", "on", "TIMESTAMPS", "min", "TIMESTAMPS", "max", "TIMESTAMPS"));

    // What the configuration is made of.
    static final Flag<Boolean> HELP = applied(SERVER, "help", SWITCH, "false", "Show this help and exit.");
    static final Flag<Boolean> VERSION = applied(SERVER, "version", SWITCH, "false", "Show the version and exit.");
    static final Flag<String> ID = applied(SERVER, "id", NAME, ServerConfig.DEFAULT_ID,
            "Name of the server in its metadata.");
    static final Flag<Long> EXIT_TIMEOUT_SECS = applied(SERVER, "exit-timeout-secs", number(0, ANY),
            "" + ServerConfig.DEFAULT_EXIT_TIMEOUT.toSeconds(),
            "How long to wait for the requests in flight when the server is told to stop.");
    static final Flag<Long> DRAIN_GRACE_SECS = applied(SERVER, "drain-grace-secs", number(0, ANY), "0",
            "How long a server that is told to stop says that it is not ready, asks clients to go elsewhere, and serves what"
                    + " still arrives; --exit-timeout-secs begins after that. (Not in Triton.)");
    static final Flag<Boolean> EXIT_ON_ERROR = applied(SERVER, "exit-on-error", BOOL, "true",
            "Exit when a model fails to load at start-up; otherwise serve the others.");
    static final Flag<Boolean> STRICT_READINESS = applied(SERVER, "strict-readiness", BOOL, "true",
            "Ready only while every model is; otherwise as soon as the server answers.");

    static final Flag<String> MODEL_REPOSITORY = applied(MODELS, "model-repository", NAME, "",
            "Folder with one sub-folder per model, or s3://... or gs://... Required.").orAs("model-store").repeated();
    static final Flag<Boolean> DISABLE_AUTO_COMPLETE_CONFIG = applied(MODELS, "disable-auto-complete-config", SWITCH,
            "false", "Take config.pbtxt as it is: a backend fills in nothing that it leaves out.");
    static final Flag<Boolean> STRICT_MODEL_CONFIG = applied(MODELS, "strict-model-config", BOOL, "false",
            "Deprecated: true is the same as --disable-auto-complete-config.");
    static final Flag<String> MODEL_CONFIG_NAME = applied(MODELS, "model-config-name", NAME, "",
            "Read configs/<name>.pbtxt of a model that has one, instead of its config.pbtxt.");
    static final Flag<Integer> MODEL_LOAD_THREAD_COUNT = applied(MODELS, "model-load-thread-count", integer(1, ANY),
            "" + RepositoryConfig.DEFAULT_LOAD_THREADS, "How many models load at the same time.");

    static final Flag<String> GPU_FALLBACK = applied(MODELS, "gpu-fallback", choice("none", "cpu"), "none",
            "Where instance groups run that ask for GPUs on a machine that has none: nowhere, so that the model fails to"
                    + " load, or on the CPU. (Not in Triton.)");

    static final Flag<String> MODEL_CONTROL_MODE = applied(MODELS, "model-control-mode",
            choice("none", "poll", "explicit"), "none", "When models are loaded and unloaded: at the start and never"
                    + " again, whenever the repository changes, or when clients ask for it.");
    static final Flag<Long> REPOSITORY_POLL_SECS = applied(MODELS, "repository-poll-secs", number(0, ANY),
            "" + ModelControlConfig.DEFAULT.pollInterval().toSeconds(),
            "Seconds between two looks at the repositories, with --model-control-mode=poll; 0 for none.");
    static final Flag<String> LOAD_MODEL = applied(MODELS, "load-model", NAME, "",
            "Load this model at the start, with --model-control-mode=explicit; * for all.").repeated();
    static final Flag<Integer> MODEL_LOAD_RETRY_COUNT = applied(MODELS, "model-load-retry-count", integer(0, ANY),
            "" + ModelControlConfig.DEFAULT.retries(), "How often a model that fails to load is tried again.");

    static final Flag<Boolean> ALLOW_CLIENT_NATIVE_CODE = applied(MODELS, "allow-client-native-code", BOOL, "false",
            "Let load requests bring native code, as operator libraries: whoever may load models can then run any program"
                    + " as this user. (Not in Triton.)");

    static final Flag<Boolean> ALLOW_METRICS = applied(METRICS, "allow-metrics", BOOL, "true",
            "Serve Prometheus metrics.");
    static final Flag<Boolean> ALLOW_GPU_METRICS = applied(METRICS, "allow-gpu-metrics", BOOL, "true",
            "Measure the GPUs.");
    static final Flag<Boolean> ALLOW_CPU_METRICS = applied(METRICS, "allow-cpu-metrics", BOOL, "true",
            "Measure the machine's processors and memory.");
    static final Flag<String> METRICS_ADDRESS = applied(METRICS, "metrics-address", NAME, "",
            "Host name or IP address to listen on; HTTP's by default.");
    static final Flag<Integer> METRICS_PORT = applied(METRICS, "metrics-port", PORT, "" + MetricsConfig.DEFAULT.port(),
            "Port to listen on; 0 lets the system choose one.");
    static final Flag<Long> METRICS_INTERVAL_MS = applied(METRICS, "metrics-interval-ms", number(1, ANY),
            "" + MetricsConfig.DEFAULT.interval().toMillis(),
            "Milliseconds before the machine is measured again, when somebody asks.");
    static final Flag<String> METRICS_CONFIG = applied(METRICS, "metrics-config", SETTING, "",
            "counter_latencies, summary_latencies, histogram_latencies or own_histograms = true or false;"
                    + " summary_quantiles = QUANTILE:ERROR,... (the error has no effect).")
            .repeated();

    static final Flag<Boolean> ALLOW_HTTP = applied(HTTP, "allow-http", BOOL, "true", "Serve HTTP.");
    static final Flag<String> HTTP_ADDRESS = applied(HTTP, "http-address", NAME, HttpConfig.DEFAULT.address(),
            "Host name or IP address to listen on.");
    static final Flag<Integer> HTTP_PORT = applied(HTTP, "http-port", PORT, "" + HttpConfig.DEFAULT.port(),
            "Port to listen on; 0 lets the system choose one.");
    static final Flag<Boolean> REUSE_HTTP_PORT = applied(HTTP, "reuse-http-port", BOOL, "false",
            "Let several servers listen on the same port.");
    static final Flag<String> HTTP_HEADER_FORWARD_PATTERN = applied(HTTP, "http-header-forward-pattern", TEXT, "",
            "Regular expression: request headers whose name it matches become request parameters.");
    static final Flag<Integer> HTTP_THREAD_COUNT = applied(HTTP, "http-thread-count", integer(1, 1024),
            "" + HttpConfig.DEFAULT_THREADS, "Event threads. By default 8, but no more than there are processors.");
    static final Flag<Long> HTTP_MAX_INPUT_SIZE = applied(HTTP, "http-max-input-size", number(1, Long.MAX_VALUE),
            "" + HttpLimits.DEFAULT.maxInputBytes(),
            "Largest JSON head, JSON tensor, raw or decompressed body, over gRPC too, in bytes.");
    static final Flag<Long> HTTP_MAX_BODY_SIZE = applied(HTTP, "http-max-body-size", number(1, ANY),
            "" + HttpLimits.DEFAULT.maxBodyBytes(), "Largest body of a request, in bytes. (Not in Triton.)");
    static final Flag<Integer> HTTP_MAX_CONNECTIONS = applied(HTTP, "http-max-connections", integer(1, ANY),
            "" + HttpLimits.DEFAULT.maxConnections(),
            "Connections at a time; one more gets 503 and is closed. (Not in Triton.)");
    static final Flag<Long> HTTP_IDLE_TIMEOUT_SECS = applied(HTTP, "http-idle-timeout-secs", number(1, ANY),
            "" + HttpLimits.DEFAULT.idleTimeout().toSeconds(),
            "Close a connection that asks nothing for this long. (Not in Triton.)");
    static final Flag<Long> HTTP_HEAD_TIMEOUT_SECS = applied(HTTP, "http-head-timeout-secs", number(1, ANY),
            "" + HttpLimits.DEFAULT.headTimeout().toSeconds(),
            "Close a connection whose request line and headers take longer than this. (Not in Triton.)");
    static final Flag<Long> HTTP_BODY_TIMEOUT_SECS = applied(HTTP, "http-body-timeout-secs", number(1, ANY),
            "" + HttpLimits.DEFAULT.bodyTimeout().toSeconds(),
            "Give up a request whose body stalls, or an answer that is not taken, for this long. (Not in Triton.)");

    static final Flag<Boolean> HTTP_USE_SSL = applied(HTTP, "http-use-ssl", BOOL, "false",
            "Serve HTTP over TLS, with --http-server-cert and --http-server-key. (Not in Triton.)");
    static final Flag<Boolean> HTTP_USE_SSL_MUTUAL = applied(HTTP, "http-use-ssl-mutual", BOOL, "false",
            "Over TLS, and only for clients with a certificate that --http-root-cert vouches for. (Not in Triton.)");
    static final Flag<String> HTTP_SERVER_CERT = applied(HTTP, "http-server-cert", TEXT, "",
            "File with the server's certificate, PEM. (Not in Triton.)");
    static final Flag<String> HTTP_SERVER_KEY = applied(HTTP, "http-server-key", TEXT, "",
            "File with the server's key, PEM. (Not in Triton.)");
    static final Flag<String> HTTP_ROOT_CERT = applied(HTTP, "http-root-cert", TEXT, "",
            "File with the certificates that clients' are checked against, PEM. (Not in Triton.)");
    static final Flag<String> HTTP_RESTRICTED_API = applied(HTTP, "http-restricted-api", RESTRICTION, "",
            "Answer these APIs only to requests with the header <key>: <value>.").repeated();

    static final Flag<Boolean> ALLOW_GRPC = applied(GRPC, "allow-grpc", BOOL, "true", "Serve gRPC.");
    static final Flag<String> GRPC_ADDRESS = applied(GRPC, "grpc-address", NAME, GrpcConfig.DEFAULT.address(),
            "Host name or IP address to listen on.");
    static final Flag<Integer> GRPC_PORT = applied(GRPC, "grpc-port", PORT, "" + GrpcConfig.DEFAULT.port(),
            "Port to listen on; 0 lets the system choose one.");
    static final Flag<Boolean> REUSE_GRPC_PORT = applied(GRPC, "reuse-grpc-port", BOOL, "false",
            "Let several servers listen on the same port.");
    static final Flag<String> GRPC_HEADER_FORWARD_PATTERN = applied(GRPC, "grpc-header-forward-pattern", TEXT, "",
            "Regular expression: metadata whose name it matches become request parameters.");
    static final Flag<Integer> GRPC_INFER_THREAD_COUNT = applied(GRPC, "grpc-infer-thread-count", integer(2, 128),
            "" + GrpcConfig.DEFAULT.threads(), "Event threads.");
    static final Flag<Integer> GRPC_MAX_RESPONSE_POOL_SIZE = applied(GRPC, "grpc-max-response-pool-size",
            integer(1, ANY), "" + GrpcConfig.DEFAULT.maxResponses(),
            "Responses of one streamed request that may wait to be sent before its model has to wait.");
    static final Flag<Boolean> GRPC_USE_SSL = applied(GRPC, "grpc-use-ssl", BOOL, "false",
            "Serve gRPC over TLS, with --grpc-server-cert and --grpc-server-key.");
    static final Flag<Boolean> GRPC_USE_SSL_MUTUAL = applied(GRPC, "grpc-use-ssl-mutual", BOOL, "false",
            "Over TLS, and only for clients with a certificate that --grpc-root-cert vouches for.");
    static final Flag<String> GRPC_SERVER_CERT = applied(GRPC, "grpc-server-cert", TEXT, "",
            "File with the server's certificate, PEM.");
    static final Flag<String> GRPC_SERVER_KEY = applied(GRPC, "grpc-server-key", TEXT, "",
            "File with the server's key, PEM.");
    static final Flag<String> GRPC_ROOT_CERT = applied(GRPC, "grpc-root-cert", TEXT, "",
            "File with the certificates that clients' are checked against, PEM.");
    static final Flag<String> GRPC_INFER_RESPONSE_COMPRESSION_LEVEL = applied(GRPC,
            "grpc-infer-response-compression-level", choice("none", "low", "medium", "high"), "none",
            "How much responses are compressed for clients that understand it.");
    static final Flag<Integer> GRPC_MAX_CONNECTIONS = applied(GRPC, "grpc-max-connections", integer(1, ANY),
            "" + GrpcLimits.DEFAULT.maxConnections(),
            "Connections at a time; one more is closed at once. (Not in Triton.)");
    static final Flag<Integer> GRPC_MAX_MESSAGE_SIZE = applied(GRPC, "grpc-max-message-size", integer(1, ANY),
            "" + GrpcLimits.DEFAULT.maxMessageBytes(), "Largest request message, in bytes. (Not in Triton.)");
    static final Flag<Long> GRPC_MESSAGE_TIMEOUT_SECS = applied(GRPC, "grpc-message-timeout-secs", number(1, ANY),
            "" + GrpcLimits.DEFAULT.messageTimeout().toSeconds(),
            "Give up a request message that stalls, or an answer that is not taken, for this long. (Not in Triton.)");
    static final Flag<Long> GRPC_IDLE_TIMEOUT_SECS = applied(GRPC, "grpc-idle-timeout-secs", number(1, ANY),
            "" + GrpcLimits.DEFAULT.idleTimeout().toSeconds(),
            "Close a connection without a call for this long. (Not in Triton.)");
    static final Flag<Long> GRPC_KEEPALIVE_TIME = applied(GRPC, "grpc-keepalive-time", number(1, Long.MAX_VALUE),
            "" + GrpcKeepAlive.DEFAULT.time().toMillis(),
            "Milliseconds of silence after which the server asks whether a client is still there.");
    static final Flag<Long> GRPC_KEEPALIVE_TIMEOUT = applied(GRPC, "grpc-keepalive-timeout", number(1, Long.MAX_VALUE),
            "" + GrpcKeepAlive.DEFAULT.timeout().toMillis(), "Milliseconds to wait for its answer.");
    static final Flag<Boolean> GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS = applied(GRPC,
            "grpc-keepalive-permit-without-calls", BOOL, "false", "Let clients ping without a call under way.");
    static final Flag<Long> GRPC_HTTP2_MIN_RECV_PING_INTERVAL = applied(GRPC,
            "grpc-http2-min-recv-ping-interval-without-data", number(0, Long.MAX_VALUE),
            "" + GrpcKeepAlive.DEFAULT.minPingInterval().toMillis(),
            "Milliseconds that must lie between two pings of a client.");
    static final Flag<Long> GRPC_MAX_CONNECTION_AGE = applied(GRPC, "grpc-max-connection-age",
            number(0, Long.MAX_VALUE), "0", "Milliseconds after which a connection takes no more calls; 0 for never.");
    static final Flag<Long> GRPC_MAX_CONNECTION_AGE_GRACE = applied(GRPC, "grpc-max-connection-age-grace",
            number(0, Long.MAX_VALUE), "0", "Milliseconds its last calls may take; 0 for as long as they like.");
    static final Flag<String> GRPC_RESTRICTED_PROTOCOL = applied(GRPC, "grpc-restricted-protocol", RESTRICTION, "",
            "Answer these APIs only to calls with the header triton-grpc-protocol-<key>: <value>.").repeated();

    static final Flag<Integer> MAX_INFLIGHT_REQUESTS = applied(ADMISSION, "max-inflight-requests", integer(1, ANY),
            "" + AdmissionLimits.DEFAULT.maxRequests(),
            "Inference requests that may be in flight at once; more get 503 and Retry-After. (Not in Triton.)");
    static final Flag<Long> MAX_INFLIGHT_BYTES = applied(ADMISSION, "max-inflight-bytes", number(1, Long.MAX_VALUE),
            "" + AdmissionLimits.DEFAULT.maxBytes(),
            "Bytes that they and their answers may hold. By default a quarter of the memory. (Not in Triton.)");

    static final Flag<Integer> LOG_VERBOSE = applied(LOGGING, "log-verbose", ValueType.verbosity(),
            "" + LoggingConfig.DEFAULT.verbose(),
            "0 for no details, 1 for some, 2 for more, 3 for those of libraries too.");
    static final Flag<Boolean> LOG_INFO = applied(LOGGING, "log-info", BOOL, "true", "Log information.");
    static final Flag<Boolean> LOG_WARNING = applied(LOGGING, "log-warning", BOOL, "true",
            "Log warnings.");
    static final Flag<Boolean> LOG_ERROR = applied(LOGGING, "log-error", BOOL, "true",
            "Log errors.");
    static final Flag<String> LOG_FORMAT = applied(LOGGING, "log-format", choice("default", "ISO8601"), "default",
            "How a line of the log begins.");
    static final Flag<String> LOG_FILE = applied(LOGGING, "log-file", TEXT, "",
            "File to log to; standard error when empty.");
    static final Flag<String> ACCESS_LOG = applied(LOGGING, "access-log", TEXT, "",
            "File that gets a line of JSON for each inference request, - for standard output. (Not in Triton.)");

    static final Flag<String> TRACE_CONFIG = applied(TRACE, "trace-config",
            matching("[<mode>,]<key>=<value>", "[MODE,]KEY=VALUE", "([^,=]+,)?[^=]+=.*"), "",
            "level, rate, count or mode of tracing; of mode triton: file, log-frequency; of mode opentelemetry: url,"
                    + " resource, bsp_max_queue_size, bsp_schedule_delay, bsp_max_export_batch_size.")
            .repeated();
    static final Flag<String> TRACE_FILE = applied(TRACE, "trace-file", TEXT, "", "Deprecated: file to write to.");
    static final Flag<String> TRACE_LEVEL = applied(TRACE, "trace-level", LEVEL, "OFF",
            "Deprecated: what is recorded.").repeated();
    static final Flag<Long> TRACE_RATE = applied(TRACE, "trace-rate", number(0, 0xffff_ffffL), "1000",
            "Deprecated: record one request of this many.");
    static final Flag<Integer> TRACE_COUNT = applied(TRACE, "trace-count", integer(-1, ANY), "-1",
            "Deprecated: how many requests are recorded.");
    static final Flag<Integer> TRACE_LOG_FREQUENCY = applied(TRACE, "trace-log-frequency", integer(0, ANY), "0",
            "Deprecated: records in a file.");

    static final Flag<String> BACKEND_CONFIG = applied(BACKENDS, "backend-config", OF_BACKEND, "",
            "A setting of one backend, or without <backend>, of all.").repeated();

    static final Flag<Boolean> ALLOW_CLIENT_SHM = applied(SHARED_MEMORY, "allow-client-shm", BOOL, "false",
            "Let clients pass tensors in shared memory. They can read and write every object that this user can.");

    static final Flag<String> RATE_LIMIT = applied(RATE_LIMITER, "rate-limit", choice("off", "execution_count"), "off",
            "Whether instances take resources while they execute, and those that have executed least come first.");
    static final Flag<ResourceLimit> RATE_LIMIT_RESOURCE = applied(RATE_LIMITER, "rate-limit-resource", RESOURCE, "",
            "How much there is of a resource, on one device or on each. By default as much as the instance that takes"
                    + " the most of it. Only with --rate-limit=execution_count.")
            .repeated();

    /** All of them, in the order of the help. */
    static final List<Flag<?>> ALL = List.of(HELP, VERSION, ID, EXIT_TIMEOUT_SECS, DRAIN_GRACE_SECS,
            EXIT_ON_ERROR, STRICT_READINESS,
            MODEL_REPOSITORY, DISABLE_AUTO_COMPLETE_CONFIG, STRICT_MODEL_CONFIG, MODEL_CONFIG_NAME,
            MODEL_LOAD_THREAD_COUNT, GPU_FALLBACK,
            MODEL_CONTROL_MODE, REPOSITORY_POLL_SECS, LOAD_MODEL, MODEL_LOAD_RETRY_COUNT,
            ALLOW_CLIENT_NATIVE_CODE,
            refused(MODELS, "model-namespacing", BOOL, "false", "model namespacing",
                    "Let repositories hold models of the same name.", "false"),
            refused(MODELS, "model-load-gpu-limit", matching("<device>:<fraction>", "DEVICE:FRACTION", "\\d+:[0-9.]+"),
                    "", "a limit of GPU memory", "Refuse to load models once this much of a GPU is used.").repeated(),
            noEffect(MODELS, "enable-peer-access", BOOL, "true", "copying between GPUs", "Let GPUs read each other."),
            noEffect(MODELS, "min-supported-compute-capability", matching("<float>", "a number", "[0-9.]+"), "6.0",
                    "a check of the GPU's generation", "Do not use GPUs older than this."),

            ALLOW_HTTP, HTTP_ADDRESS, HTTP_PORT, REUSE_HTTP_PORT, HTTP_HEADER_FORWARD_PATTERN, HTTP_THREAD_COUNT,
            HTTP_MAX_INPUT_SIZE, HTTP_MAX_BODY_SIZE, HTTP_MAX_CONNECTIONS, HTTP_IDLE_TIMEOUT_SECS,
            HTTP_HEAD_TIMEOUT_SECS,
            HTTP_BODY_TIMEOUT_SECS,
            HTTP_USE_SSL, HTTP_USE_SSL_MUTUAL, HTTP_SERVER_CERT, HTTP_SERVER_KEY, HTTP_ROOT_CERT, HTTP_RESTRICTED_API,

            MAX_INFLIGHT_REQUESTS, MAX_INFLIGHT_BYTES,

            LOG_VERBOSE, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_FORMAT, LOG_FILE, ACCESS_LOG,

            BACKEND_CONFIG,
            noEffect(BACKENDS, "backend-directory", TEXT, "/opt/tritonserver/backends", "loading backends from files",
                    "Folder of backends. Nereid's are built in."),
            noEffect(BACKENDS, "repoagent-directory", TEXT, "/opt/tritonserver/repoagents", "loading repository agents",
                    "Folder of repository agents."),

            ALLOW_GRPC, GRPC_ADDRESS, GRPC_PORT, REUSE_GRPC_PORT, GRPC_HEADER_FORWARD_PATTERN, GRPC_INFER_THREAD_COUNT,
            noEffect(GRPC, "grpc-infer-allocation-pool-size", integer(0, ANY), "8", "keeping requests for use again",
                    "Requests kept for use again. Nereid keeps none: they are small."),
            GRPC_MAX_RESPONSE_POOL_SIZE, GRPC_USE_SSL, GRPC_USE_SSL_MUTUAL, GRPC_SERVER_CERT, GRPC_SERVER_KEY,
            GRPC_ROOT_CERT, GRPC_INFER_RESPONSE_COMPRESSION_LEVEL, GRPC_MAX_CONNECTIONS, GRPC_MAX_MESSAGE_SIZE,
            GRPC_MESSAGE_TIMEOUT_SECS, GRPC_IDLE_TIMEOUT_SECS, GRPC_KEEPALIVE_TIME, GRPC_KEEPALIVE_TIMEOUT,
            GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS,
            noEffect(GRPC, "grpc-http2-max-pings-without-data", integer(0, ANY), "2",
                    "limiting the pings that the server sends", "Pings of the server before data must be sent.", "2"),
            GRPC_HTTP2_MIN_RECV_PING_INTERVAL,
            noEffect(GRPC, "grpc-http2-max-ping-strikes", integer(0, ANY), "2",
                    "choosing how many bad pings are forgiven", "Bad pings before a connection is closed: always 2.",
                    "2"),
            GRPC_MAX_CONNECTION_AGE, GRPC_MAX_CONNECTION_AGE_GRACE, GRPC_RESTRICTED_PROTOCOL,
            ALLOW_METRICS, ALLOW_GPU_METRICS, ALLOW_CPU_METRICS, METRICS_ADDRESS, METRICS_PORT, METRICS_INTERVAL_MS,
            METRICS_CONFIG,

            TRACE_CONFIG, TRACE_FILE, TRACE_LEVEL, TRACE_RATE, TRACE_COUNT, TRACE_LOG_FREQUENCY,

            refused(CACHE, "cache-config", matching("<cache>,<key>=<value>", "CACHE,KEY=VALUE", "[^,=]+,[^=]+=.*"), "",
                    "the response cache", "A setting of a response cache.").repeated(),
            noEffect(CACHE, "cache-directory", TEXT, "/opt/tritonserver/caches", "the response cache",
                    "Folder of cache implementations."),
            refused(CACHE, "response-cache-byte-size", number(0, Long.MAX_VALUE), "0", "the response cache",
                    "Deprecated: size of the response cache.", "0"),

            RATE_LIMIT, RATE_LIMIT_RESOURCE,

            ALLOW_CLIENT_SHM,

            noEffect(MEMORY, "pinned-memory-pool-byte-size", number(0, Long.MAX_VALUE), "268435456",
                    "the pinned memory pool", "Pinned host memory to set aside."),
            noEffect(MEMORY, "cuda-memory-pool-byte-size", matching("<gpu>:<bytes>", "GPU:BYTES", "\\d+:\\d+"), "",
                    "the CUDA memory pool", "GPU memory to set aside, 64 MiB by default.").repeated(),
            noEffect(MEMORY, "cuda-virtual-address-size", matching("<gpu>:<bytes>", "GPU:BYTES", "\\d+:\\d+"), "",
                    "growing CUDA memory", "GPU addresses to set aside, 1 GiB by default.").repeated(),
            noEffect(MEMORY, "buffer-manager-thread-count", integer(0, ANY), "0", "copying tensors by several threads",
                    "Threads that copy tensors.", "0"),
            noEffect(MEMORY, "host-policy", matching("<policy>,<key>=<value>", "POLICY,KEY=VALUE", "[^,=]+,[^=]+=.+"),
                    "", "binding instances to processors", "Processors and memory of a policy.").repeated(),

            refused(CLOUD, "allow-sagemaker", BOOL, "false", "SageMaker's protocol", "Serve SageMaker.", "false"),
            cloud("sagemaker-port", PORT, "8080", "Port to listen on."),
            cloud("sagemaker-safe-port-range", matching("<first>-<last>", "FIRST-LAST", "\\d+-\\d+"), "",
                    "Ports SageMaker allows."),
            cloud("sagemaker-thread-count", integer(1, ANY), "8", "Event threads."),
            refused(CLOUD, "allow-vertex-ai", BOOL, "false", "Vertex AI's protocol", "Serve Vertex AI.", "false"),
            cloud("vertex-ai-port", PORT, "8080", "Port to listen on."),
            cloud("vertex-ai-thread-count", integer(1, ANY), "8", "Event threads."),
            cloud("vertex-ai-default-model", TEXT, "", "Model that is asked when a request names none."));

    private Flags() {}

    private static <T> Flag<T> applied(FlagGroup group, String name, ValueType<T> type, String byDefault, String doc) {
        return new Flag<>(name, "", group, type, byDefault, false, new Treatment.Applied(), doc);
    }

    private static <T> Flag<T> noEffect(FlagGroup group, String name, ValueType<T> type, String byDefault,
            String feature, String doc, String... off) {
        Treatment treatment = new Treatment.NoEffectYet(feature, Set.of(off));
        return new Flag<>(name, "", group, type, byDefault, false, treatment, doc);
    }

    private static <T> Flag<T> refused(FlagGroup group, String name, ValueType<T> type, String byDefault,
            String feature, String doc, String... off) {
        Treatment treatment = new Treatment.Refused(feature, Set.of(off));
        return new Flag<>(name, "", group, type, byDefault, false, treatment, doc);
    }

    private static @Nullable ResourceLimit resourceLimit(String text) {
        Matcher form = RESOURCE_FORM.matcher(text);
        if (!form.matches()) {
            return null;
        }
        String device = form.group("device");
        return new ResourceLimit(form.group("name"), Long.parseLong(form.group("count")),
                device == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(device)));
    }

    private static <T> Flag<T> cloud(String name, ValueType<T> type, String byDefault, String doc) {
        return noEffect(CLOUD, name, type, byDefault, "this platform's protocol", doc);
    }
}
