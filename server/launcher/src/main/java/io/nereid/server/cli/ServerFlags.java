package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flags of the server as a whole, and those of parts that are not built. */
final class ServerFlags {
    private static final int ANY = Integer.MAX_VALUE;

    static final Flag<Boolean> HELP = Flag.of(FlagGroup.SERVER, "help", ValueType.SWITCH, "false",
            "Show this help and exit.");
    static final Flag<Boolean> VERSION = Flag.of(FlagGroup.SERVER, "version", ValueType.SWITCH, "false",
            "Show the version and exit.");
    static final Flag<String> ID = Flag.of(FlagGroup.SERVER, "id", ValueType.NAME, ServerConfig.DEFAULT_ID,
            "Name of the server in its metadata.");
    static final Flag<Long> EXIT_TIMEOUT_SECS = Flag.of(FlagGroup.SERVER, "exit-timeout-secs", ValueType.number(0, ANY),
            "" + ServerConfig.DEFAULT_EXIT_TIMEOUT.toSeconds(),
            "How long to wait for the requests in flight when the server is told to stop.");
    static final Flag<Long> DRAIN_GRACE_SECS = Flag.of(FlagGroup.SERVER, "drain-grace-secs", ValueType.number(0, ANY),
            "0",
            "How long a server that is told to stop says that it is not ready, asks clients to go elsewhere, and serves what"
                    + " still arrives; --exit-timeout-secs begins after that. (Not in Triton.)");
    static final Flag<Boolean> EXIT_ON_ERROR = Flag.of(FlagGroup.SERVER, "exit-on-error", ValueType.BOOL, "true",
            "Exit when a model fails to load at start-up; otherwise serve the others.");
    static final Flag<Boolean> STRICT_READINESS = Flag.of(FlagGroup.SERVER, "strict-readiness", ValueType.BOOL, "true",
            "Ready only while every model is; otherwise as soon as the server answers.");

    /** All of them, in the order of the help. */
    static final List<Flag<?>> ALL = List.of(HELP, VERSION, ID, EXIT_TIMEOUT_SECS, DRAIN_GRACE_SECS, EXIT_ON_ERROR,
            STRICT_READINESS,
            Flag.noEffect(FlagGroup.CACHE, "cache-directory", ValueType.TEXT, "/opt/tritonserver/caches",
                    "loading cache implementations", "Folder of cache implementations."),
            Flag.noEffect(FlagGroup.MEMORY, "cuda-virtual-address-size",
                    ValueType.matching("<gpu>:<bytes>", "GPU:BYTES", "\\d+:\\d+"), "", "growing CUDA memory",
                    "GPU addresses to set aside, 1 GiB by default.").repeated(),
            Flag.noEffect(FlagGroup.MEMORY, "buffer-manager-thread-count", ValueType.integer(0, ANY), "0",
                    "copying tensors by several threads", "Threads that copy tensors.", "0"),
            Flag.noEffect(FlagGroup.MEMORY, "host-policy",
                    ValueType.matching("<policy>,<key>=<value>", "POLICY,KEY=VALUE", "[^,=]+,[^=]+=.+"), "",
                    "binding instances to processors", "Processors and memory of a policy.").repeated());

    private ServerFlags() {}
}
