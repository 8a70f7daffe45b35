package io.nereid.server.model.config;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flags that say on which threads requests run. */
public final class SchedulingFlags {
    public static final Flag<String> INLINE_EXECUTION = Flag.of(FlagGroup.SCHEDULING, "inline-execution",
            ValueType.choice("auto", "off"), "auto",
            "Whether a request runs on the thread that read it when an instance is idle and the model's executions are"
                    + " measured to take 50 us at most. Else every request is handed to an instance's thread.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(INLINE_EXECUTION);

    private SchedulingFlags() {}

    /** Whether requests may run on the threads that queue them. */
    public static boolean inlineExecution(FlagValues flags) throws UsageException {
        return flags.get(INLINE_EXECUTION).equals("auto");
    }
}
