package io.nereid.server.console;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flags of {@link ConsoleConfig}. */
public final class ConsoleFlags {
    public static final Flag<Boolean> ALLOW_CONSOLE = Flag.of(FlagGroup.HTTP, "allow-console", ValueType.BOOL, "true",
            "Serve pages for the browser: the console at /console, the description of the API at /docs. (Not in"
                    + " Triton.)");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_CONSOLE);

    private ConsoleFlags() {}

    /** The configuration that the flags give. */
    public static ConsoleConfig read(FlagValues flags) throws UsageException {
        return new ConsoleConfig(flags.get(ALLOW_CONSOLE));
    }
}
