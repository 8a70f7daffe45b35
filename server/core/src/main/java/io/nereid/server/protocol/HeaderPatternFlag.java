package io.nereid.server.protocol;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.function.Function;

/**
 * A flag with the pattern of those headers of a protocol's requests that become request parameters.
 *
 * @param flag its declaration
 */
public record HeaderPatternFlag(Flag<String> flag) {
    /**
     * The one of that protocol.
     *
     * @param headers the protocol's word for them
     */
    public static HeaderPatternFlag of(FlagGroup group, String protocol, String headers) {
        return new HeaderPatternFlag(Flag.of(group, protocol + "-header-forward-pattern", ValueType.TEXT, "",
                "Regular expression: " + headers + " whose name it matches become request parameters."));
    }

    /**
     * The configuration with the flag's pattern.
     *
     * @param configure takes the pattern into it; throws IllegalArgumentException if it is none
     * @throws UsageException where the pattern makes no sense
     */
    public <C> C read(FlagValues flags, Function<String, C> configure) throws UsageException {
        String pattern = flags.get(flag);
        try {
            return configure.apply(pattern);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--%s: got '%s' (expected a regular expression)".formatted(flag.name(), pattern));
        }
    }
}
