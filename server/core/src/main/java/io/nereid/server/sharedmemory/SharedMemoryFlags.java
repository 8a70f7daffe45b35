package io.nereid.server.sharedmemory;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flag of shared memory. */
public final class SharedMemoryFlags {
    public static final Flag<Boolean> ALLOW_CLIENT_SHM = Flag.of(FlagGroup.SHARED_MEMORY, "allow-client-shm",
            ValueType.BOOL, "false",
            "Let clients pass tensors in shared memory. They can read and write every object that this user can.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_CLIENT_SHM);

    private SharedMemoryFlags() {}

    /** Whether clients may pass tensors in shared memory. */
    public static boolean allowed(FlagValues flags) throws UsageException {
        return flags.get(ALLOW_CLIENT_SHM);
    }
}
