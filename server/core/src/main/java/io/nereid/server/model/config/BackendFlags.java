package io.nereid.server.model.config;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flags of the backends. Makes the {@link BackendConfig} of them. */
public final class BackendFlags {
    private static final ValueType<String> OF_BACKEND = ValueType.matching("<backend>,<key>=<value>",
            "BACKEND,KEY=VALUE, or KEY=VALUE for every backend", "([^,=]*,)?[^,=]+=.*");

    public static final Flag<String> BACKEND_CONFIG = Flag.of(FlagGroup.BACKENDS, "backend-config", OF_BACKEND, "",
            "A setting of one backend, or without <backend>, of all.").repeated();

    public static final Flag<Long> PINNED_MEMORY_POOL_BYTE_SIZE = Flag.of(FlagGroup.MEMORY,
            "pinned-memory-pool-byte-size", ValueType.number(0, Long.MAX_VALUE),
            "" + BackendConfig.DEFAULT_PINNED_POOL_BYTES,
            "Host memory that is pinned when the first model comes to a GPU, for what it reads and writes; 0 for none.");

    public static final Flag<String> CUDA_MEMORY_POOL_BYTE_SIZE = Flag.of(FlagGroup.MEMORY,
            "cuda-memory-pool-byte-size", ValueType.matching("<gpu>:<bytes>", "GPU:BYTES", "\\d{1,9}:\\d{1,18}"), "",
            "Memory of a GPU that is set aside when the first output stays there for the next step of an ensemble; 0 for"
                    + " none, 64 MiB by default.")
            .repeated();

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(BACKEND_CONFIG, PINNED_MEMORY_POOL_BYTE_SIZE,
            CUDA_MEMORY_POOL_BYTE_SIZE,
            Flag.noEffect(FlagGroup.BACKENDS, "backend-directory", ValueType.TEXT, "/opt/tritonserver/backends",
                    "loading backends from files", "Folder of backends. Nereid's are built in."),
            Flag.noEffect(FlagGroup.BACKENDS, "repoagent-directory", ValueType.TEXT, "/opt/tritonserver/repoagents",
                    "loading repository agents", "Folder of repository agents."));

    private BackendFlags() {}

    /**
     * The settings that the flags give.
     *
     * @throws UsageException where a setting makes no sense
     */
    public static BackendConfig read(FlagValues flags) throws UsageException {
        BackendConfig backends = BackendConfig.NONE
                .withPinnedPoolBytes(flags.get(PINNED_MEMORY_POOL_BYTE_SIZE));
        for (String pool : flags.all(CUDA_MEMORY_POOL_BYTE_SIZE)) {
            int colon = pool.indexOf(':');
            backends = backends.withDevicePoolBytes(Integer.parseInt(pool.substring(0, colon)),
                    Long.parseLong(pool.substring(colon + 1)));
        }
        for (String setting : flags.all(BACKEND_CONFIG)) {
            int equals = setting.indexOf('=');
            int comma = setting.lastIndexOf(',', equals);
            String backend = comma < 0 ? "" : setting.substring(0, comma);
            try {
                backends = backends.with(backend, setting.substring(comma + 1, equals), setting.substring(equals + 1));
            } catch (IllegalArgumentException e) {
                throw new UsageException("--backend-config=%s: %s".formatted(setting, e.getMessage()));
            }
        }
        return backends;
    }
}
